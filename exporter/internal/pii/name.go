package pii

// SecretName reports whether the value of an attribute, of a JSON member or of a
// variable with this name is a secret. It goes by whole words, in any spelling:
// api_key, apiKey, x-api-key and http.request.header.x-api-key are one name to
// it. It is meant for values that are strings: a number is no secret, whatever
// its name, and counts of tokens are none in any case (max_tokens, token_count).
func SecretName(name string) bool {
	var (
		buf            [2*maxWord + 1]byte // the word before, a space, this word
		before         int
		secret, tokens bool
		last           meaning
	)
	for i := 0; i < len(name); {
		if !is(name[i], alnum) {
			i++
			continue
		}
		end := wordEnd(name, i)
		word := name[i:end]
		i = end
		if len(word) > maxWord {
			before, last = 0, plain
			continue
		}
		n := before
		if n > 0 {
			buf[n] = ' '
			n++
		}
		start := n
		for j := range len(word) {
			buf[n] = word[j]
			if is(word[j], upper) {
				buf[n] |= 0x20
			}
			n++
		}
		last = meanings[string(buf[start:n])]
		switch {
		case last == theSecret, meanings[string(buf[:n])] == theSecret:
			secret = true
		case last == oneToken:
			tokens = true
		case last == counting:
			return false
		}
		before = copy(buf[:], buf[start:n])
	}
	return (secret || tokens) && last != about
}

// maxWord is longer than every word that means something.
const maxWord = 16

// wordEnd returns the end of the word that starts at s[i]: a row of digits, of
// small letters behind at most one capital, or of capitals, of which the last
// belongs to the next word when small letters follow.
func wordEnd(s string, i int) int {
	if is(s[i], digit) {
		return skip(s, i, digit)
	}
	end := skip(s, i, upper)
	if end-i > 1 && isAt(s, end, lower) && !(end+1 == len(s) && s[end] == 's') {
		return end - 1
	}
	return skip(s, end, lower)
}

// meaning is what a word says of the value that has it in its name.
type meaning uint8

const (
	plain meaning = iota
	// theSecret: the value is one, unless the last word is about it.
	theSecret
	// oneToken: the value is a secret, unless another word is of counting.
	oneToken
	// counting words speak of tokens as pieces of text or places in a list, or say
	// that the value is yes or no.
	counting
	// about: the last word names something that belongs to the secret.
	about
)

var meanings = func() map[string]meaning {
	t := map[string]meaning{"token": oneToken}
	for m, words := range map[meaning][]string{
		theSecret: {
			"authorization", "cookie", "cookies", "password", "passwords", "passwd", "passphrase", "pwd", "secret", "secrets",
			"credential", "credentials", "apikey", "apikeys", "bearer", "jwt",
			"api key", "api keys", "aiapi key", // OpenAIAPIKey
			"access key", "secret key", "private key", "account key", "encryption key", "signing key", "master key",
			"subscription key", "auth header", "auth key", "connection string", "db pass", "database pass", "user pass", "smtp pass", "admin pass", "root pass",
		},
		counting: {
			"tokens", "count", "counts", "max", "min", "limit", "budget", "usage", "total", "number", "num", "per", "first", "price", "cost",
			"input", "output", "prompt", "completion", "reasoning", "cached", "text", "audio", "image", "logprob", "logprobs",
			"stop", "eos", "bos", "pad", "unk", "mask", "special", "page", "next", "continuation", "index", "is", "has",
		},
		about: {
			"id", "ids", "name", "names", "type", "types", "format", "policy", "url", "uri", "endpoint", "path", "file", "domain", "consent",
			"length", "size", "required", "enabled", "at", "expires", "expiry", "issuer", "method", "scheme", "hint", "version",
		},
	} {
		for _, w := range words {
			t[w] = m
		}
	}
	return t
}()
