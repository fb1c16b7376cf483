package pii_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
)

func ExampleSet_Redact() {
	set, err := pii.New([]string{"email", "phone"})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, changed := set.Redact("Write to ada@example.com or call +44 20 7946 0018.")
	fmt.Println(text, changed)
	// Output: Write to [email redacted] or call [phone redacted]. true
}

func ExampleWithPseudonyms() {
	set, err := pii.New([]string{"email"}, pii.WithPseudonyms([]byte("a key of your own")))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := set.Redact("ada@example.com, bob@example.com, ADA@example.com")
	fmt.Println(text)
	// Output: [email rmlkrtfrkfhf], [email ngfknbhrkthn], [email rmlkrtfrkfhf]
}

// all is the set of all redactors.
func all(t testing.TB, opts ...pii.Option) *pii.Set {
	t.Helper()
	set, err := pii.New(pii.Names(), opts...)
	require.NoError(t, err)
	return set
}

func TestNew(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"api_keys", "bearer_tokens", "email", "iban", "ip_address", "payment_card", "phone", "private_keys", "secrets"}, pii.Names())
	for name, want := range map[string]string{
		"e-mail":     `unknown redactor "e-mail": do you mean "email"?`,
		"phones":     `unknown redactor "phones": do you mean "phone"?`,
		"api-key":    `unknown redactor "api-key": do you mean "api_keys"?`,
		"IBAN":       `unknown redactor "IBAN": known are api_keys, bearer_tokens, email, iban, ip_address, payment_card, phone, private_keys, secrets`,
		"secret":     `unknown redactor "secret": do you mean "secrets"?`,
		"":           `unknown redactor "": known are api_keys, bearer_tokens, email, iban, ip_address, payment_card, phone, private_keys, secrets`,
		"everything": `unknown redactor "everything": known are api_keys, bearer_tokens, email, iban, ip_address, payment_card, phone, private_keys, secrets`,
	} {
		set, err := pii.New([]string{"email", name})
		require.EqualError(t, err, want)
		require.Nil(t, set)
	}
}

func TestSetOfNothing(t *testing.T) {
	t.Parallel()
	none, err := pii.New(nil)
	require.NoError(t, err)
	for _, set := range []*pii.Set{nil, {}, none} {
		out, changed := set.Redact("ada@example.com")
		require.Equal(t, "ada@example.com", out)
		require.False(t, changed)
	}
}

// The group stands for its members, and order and repetition do not matter.
func TestSecrets(t *testing.T) {
	t.Parallel()
	text := parse("api_keys", 1, "$anthropic, Bearer $opaque40, $pem and ada@example.com").text
	for _, names := range [][]string{{"secrets"}, {"bearer_tokens", "api_keys", "private_keys"}, {"private_keys", "secrets", "secrets"}} {
		set, err := pii.New(names)
		require.NoError(t, err)
		out, _ := set.Redact(text)
		require.Equal(t, "[API key redacted], Bearer [bearer token redacted], [private key redacted] and ada@example.com", out)
	}
}

func TestPseudonyms(t *testing.T) {
	t.Parallel()
	set := all(t, pii.WithPseudonyms([]byte("key")))
	redact := func(text string) string {
		out, changed := set.Redact(text)
		require.True(t, changed, text)
		return out
	}
	for _, same := range [][]string{
		{"ada@example.com", "ADA@Example.com", "ada%40example.com"},
		{"+44 20 7946 0018", "+442079460018", "+44-20-7946-0018"},
		{"4111 1111 1111 1111", "4111111111111111", "4111-1111-1111-1111"},
		{"DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "de89370400440532013000"},
		{"2001:db8::1f", "2001:DB8::1F"},
	} {
		for _, other := range same[1:] {
			require.Equal(t, redact(same[0]), redact(other))
		}
	}
	require.NotEqual(t, redact("ada@example.com"), redact("bob@example.com"))
	require.Regexp(t, `^\[email [a-z]{12}\]$`, redact("ada@example.com"))

	another := all(t, pii.WithPseudonyms([]byte("another key")))
	out, _ := another.Redact("ada@example.com")
	require.NotEqual(t, redact("ada@example.com"), out)

	out, _ = all(t, pii.WithPseudonyms(nil)).Redact("ada@example.com")
	require.Equal(t, "[email redacted]", out, "an empty key means no pseudonyms")
}

// The caller may use the slice of the key again.
func TestPseudonymsKeepTheirKey(t *testing.T) {
	t.Parallel()
	key := []byte("key")
	set := all(t, pii.WithPseudonyms(key))
	before, _ := set.Redact("ada@example.com")
	clear(key)
	after, _ := set.Redact("ada@example.com")
	require.Equal(t, before, after)
}

// What stands in JSON must leave JSON, however deep it is quoted.
func TestRedactInJSON(t *testing.T) {
	t.Parallel()
	set := all(t)
	for _, name := range []string{"email", "phone", "payment_card", "iban", "ip_address", "api_keys", "bearer_tokens", "private_keys", "traps"} {
		for _, l := range load(t, name) {
			text := l.text
			for range 3 {
				quoted, err := json.Marshal(map[string]string{"a": text, "token": text})
				require.NoError(t, err)
				text = string(quoted)
				out, _ := set.Redact(text)
				require.True(t, json.Valid([]byte(out)), "%s.txt:%d: %q", l.file, l.line, out)
			}
		}
	}
}

// A value is found in JSON as it is outside, at any place in a text.
func TestRedactBesideEscapes(t *testing.T) {
	t.Parallel()
	set := all(t)
	r := rand.New(rand.NewPCG(1, 2))
	for value, note := range map[string]string{
		"ada@example.com": "[email redacted]", "+442079460018": "[phone redacted]", "4111111111111111": "[payment card redacted]", "DE89370400440532013000": "[IBAN redacted]",
		"192.0.2.1": "[IP address redacted]", "2001:db8::11": "[IP address redacted]", made["anthropic"](r): "[API key redacted]", made["jwt"](r): "[bearer token redacted]",
	} {
		for _, around := range [][2]string{{`\n`, `\n`}, {`\t`, `\t`}, {`\\n`, `\\n`}, {`\"`, `\"`}, {`\u0022`, `\u0022`}, {`\u003c`, `\u003e`}, {"%20", "%20"}, {"=", "&x=1"}, {"\n", "\n"}, {"(", ")"}, {"é ", " é"}, {"：", "。"}} {
			out, _ := set.Redact("see " + around[0] + value + around[1] + " there")
			require.Equal(t, "see "+around[0]+note+around[1]+" there", out)
		}
	}
}

func TestNothingIsAllocatedForCleanText(t *testing.T) {
	set := all(t)
	for _, text := range []string{"", prose(8 << 10), `{"role":"user","content":"` + prose(8<<10) + `"}`, strings.Repeat("2024-03-15T10:30:00Z id=550e8400-e29b-41d4-a716-446655440000 ", 100)} {
		require.Zero(t, testing.AllocsPerRun(10, func() {
			if _, changed := set.Redact(text); changed {
				t.Error("the text is clean")
			}
		}))
	}
}

// hostile are texts that make a search begin again and again.
var hostile = func() map[string]string {
	units := map[string]string{
		"letters": "a", "digits": "7", "spaced digits": "4 ", "digits in fours": "4111 ", "digits in pairs": "06 ", "hyphens": "4-", "dots": "1.", "octets": "1.2.3.", "colons": ":", "IPv6 groups": "2001:", "IPv6 of one letter": "1:",
		"at": "@", "at with letters": "a@", "at with domains": "a@b.c", "encoded at": "%40", "local parts": "a.", "pluses": "+", "plus numbers": "+1", "parentheses": "(1)",
		"backslashes": `\`, "escapes": `\n`, "unicode escapes": `\u0031`, "percent": "%", "percent escapes": "%31",
		"OpenAI": "sk-", "OpenAI with letters": "sk-aB3", "Google": "ya29.", "Vault": "hvs.", "Fly": "fm2_", "Fly, random": "fm2_aB3dE6gH9", "GitHub": "ghp_", "Telegram": "AA:", "Telegram numbers": "12345678:AA",
		"names": "api_key=", "names with quotes": `"token":"`, "names with values": "token=aB3dE6gH9jK2mN5pQ8", "dotted names": "token.", "Bearer": "Bearer ", "Bearer with plus": "Bearer+", "eyJ": "eyJ", "eyJ with dots": "eyJ.", "eyJ with hyphens": "-eyJ", "eyJ with slashes": "/eyJhbGciOiJIUzI1NiJ9",
		"JWT": "eyJhbGciOiJIUzI1NiJ9.", "two segments": "/eyJhbGciOiJIUzI1NiJ9.aB3dE6gH9j", "BEGIN": "-----BEGIN ", "headers": "-----BEGIN PRIVATE KEY-----", "headers with body": "-----BEGIN PRIVATE KEY-----aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ", "ENDs": "-----END PRIVATE KEY-----", "dashes": "-",
		"countries": "DE", "IBAN heads": "DE89", "IBANs": "DE89 3704 ", "phone words": "phone ", "phone words and digits": "tel 1234567 ", "foreign words": "电话1234567 ", "continuation bytes": "\x80", "accents": "é", "accents with at": "é@", "commas": "1,", "spaces and pairs": "06 12 34 56 78          ",
	}
	texts := map[string]string{}
	for name, unit := range units {
		texts[name] = unit
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"anthropic", "github_pat", "jwt", "pem", "visa", "iban_DE", "aws_id", "stripe_live"} {
		texts["many of "+name+", apart"] = made[name](r) + " "
		texts["many of "+name+" in a run"] = made[name](r) + "/"
		texts["many of "+name+" in a dotted run"] = made[name](r) + "."
	}
	texts["many addresses"] = "ada@example.com "
	texts["many addresses in a row"] = "ada@example.com/"
	texts["many IPs"] = "192.0.2.1 "
	texts["many IPv6"] = "[2001:db8::11] "
	texts["many phones"] = "+442079460018 "
	return texts
}()

// The work must not grow faster than the text. It is counted in bytes looked at,
// over an eightfold range.
func TestLinear(t *testing.T) {
	t.Parallel()
	set := all(t)
	for name, unit := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			work := func(size int) int {
				_, steps := pii.Steps(set, strings.Repeat(unit, size/len(unit)+1))
				return steps
			}
			small, large := work(16<<10), work(128<<10)
			require.LessOrEqual(t, large, 10*small)
			require.LessOrEqual(t, large, 200*(128<<10), "steps for each byte")
		})
	}
}

// check requires what holds for every text.
func check(t *testing.T, set *pii.Set, in string) string {
	out, changed := set.Redact(in)
	require.Equal(t, in != out, changed)
	again, _ := set.Redact(out)
	require.Equal(t, out, again, "twice is once, of %q", in)
	require.False(t, utf8.ValidString(in) && !utf8.ValidString(out), "UTF-8 stays UTF-8: %q", out)
	return out
}

// checkQuoted requires the same of a text in JSON, which must stay JSON.
func checkQuoted(t *testing.T, set *pii.Set, in string) {
	quoted, err := json.Marshal(map[string]string{"token": in, "b": in})
	require.NoError(t, err)
	out := check(t, set, string(quoted))
	require.True(t, json.Valid([]byte(out)), "JSON stays JSON: %q of %q", out, quoted)
}

func FuzzRedact(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, unit := range hostile {
		f.Add(unit)
	}
	for _, make := range made {
		f.Add("token: " + make(r) + "\n")
	}
	for _, s := range []string{`{"a":"\u00e9ada@example.com\n+1 415 555 2671"}`, "1.2.3.4[email redacted]2001:db8::1", "tel [phone redacted] 1234567", "a@b.com4111111111111111@c.de", "token: \nl86cxmn1492654766\n", "+49 30 901820,4822417213621208", "\npm_" + strings.Repeat("aB3", 12)} {
		f.Add(s)
	}
	plain, pseudonyms := all(f), all(f, pii.WithPseudonyms([]byte("key")))
	f.Fuzz(func(t *testing.T, in string) {
		check(t, plain, in)
		check(t, pseudonyms, in)
		checkQuoted(t, plain, in)
		_, steps := pii.Steps(plain, in)
		require.LessOrEqual(t, steps, 1000*(len(in)+100))
		pii.SecretName(in)
	})
}

// Texts made of what the rules look at come closer to their edges than what a
// fuzzer finds in a short time.
func TestRedactAnything(t *testing.T) {
	t.Parallel()
	sets := []*pii.Set{all(t), all(t, pii.WithPseudonyms([]byte("key")))}
	for _, name := range pii.Names() {
		set, err := pii.New([]string{name})
		require.NoError(t, err)
		sets = append(sets, set)
	}
	var vocabulary []string
	for _, name := range slices.Sorted(maps.Keys(hostile)) { // the same order at every run
		vocabulary = append(vocabulary, hostile[name])
	}
	vocabulary = append(vocabulary, " ", " ", ",", ".", "/", ":", "\n", `"`, "'", "[", "]", "(", ")", "x", "7", "=", "_", "[email redacted]", "[API key redacted]", "[phone bcdfghjklmnp]", "é", "自", "call ", "version ", "://", "user:", "\xff", "+49 30 901820", "(415) 555-0132", "030 901820", "0049 40 1234567")
	runs, err := strconv.Atoi(os.Getenv("PII_RUNS"))
	if err != nil {
		runs = 500
	}
	r := rand.New(rand.NewPCG(7, uint64(runs)))
	for range runs {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteString(vocabulary[r.IntN(len(vocabulary))])
		}
		for _, set := range sets {
			check(t, set, b.String())
			checkQuoted(t, set, b.String())
		}
	}
}

// TestFinds: the quick question has the same answer as the redaction.
func TestFinds(t *testing.T) {
	t.Parallel()
	for _, name := range pii.Names() {
		set, err := pii.New([]string{name})
		require.NoError(t, err)
		for _, file := range append(pii.Names(), "traps", "unseen") {
			if file == pii.Secrets {
				continue
			}
			for _, l := range load(t, file) {
				_, changed := set.Redact(l.text)
				require.Equal(t, changed, set.Finds(l.text), "%s: %s", name, l.text)
			}
		}
	}
	var none *pii.Set
	require.False(t, none.Finds("ada@example.com"))
}
