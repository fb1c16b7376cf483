package pii

// Secrets is the name of the group of the redactors of secrets.
const Secrets = "secrets"

var groups = map[string][]string{
	Secrets: {"private_keys", "bearer_tokens", "api_keys"},
}

// redactor is one way to find one kind of value.
type redactor struct {
	name string // in a configuration
	what string // in a note
	// find returns where the first value in text[from:] starts and ends, and -1
	// when there is none. It may look at what stands before from.
	find func(text string, from int, m *meter) (start, end int)
	// inRun is find for one run of token bytes, if find looks at those only.
	inRun finderInRun
	// canonical returns what values share that mean the same.
	canonical func(value string) string
}

// redactors are all there are. What is longer or more certain comes first: a key
// may hold digits that look like a phone number.
var redactors = []redactor{
	{"private_keys", "private key", findPrivateKey, nil, lettersAndDigits},
	{"bearer_tokens", "bearer token", findBearer, bearerIn, asItIs},
	{"api_keys", "API key", findAPIKey, apiKeyIn, asItIs},
	{"email", "email", findEmail, nil, addressOf},
	{"email", "email", findEncodedEmail, nil, addressOf},
	{"iban", "IBAN", findIBAN, nil, capitalsAndDigits},
	{"ip_address", "IP address", findIPv6, nil, addressOf},
	{"ip_address", "IP address", findIPv4, nil, asItIs},
	{"payment_card", "payment card", findCard, nil, lettersAndDigits},
	{"phone", "phone", findPhone, nil, lettersAndDigits},
}

// meter counts the bytes that finding looks at, for the test that it is linear.
type meter int

func (m *meter) add(n int) {
	if m != nil {
		*m += meter(n)
	}
}
