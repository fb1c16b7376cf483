package pii

// vendor is how a provider writes its keys: a prefix, and a body.
type vendor struct {
	prefix   string
	body     *alphabet
	min, max int // bytes of the body; a max of 0 is none
}

// vendors are the usual providers of models, clouds, code hosting, payment and
// messages. Keys that are meant to be public are not here: PostHog's phc_,
// Stripe's pk_. The shapes are those that the providers document or issue, and
// those that secret scanners agree on.
var vendors = []vendor{
	// Models. sk- is OpenAI's, and what Anthropic, DeepSeek, OpenRouter, LiteLLM and
	// Langfuse made of it.
	{"sk-", wordMarks, 20, 300},
	{"AIza", wordMarks, 35, 35},   // Google
	{"hf_", letters, 34, 40},      // Hugging Face
	{"api_org_", letters, 34, 34}, // Hugging Face
	{"gsk_", word, 48, 60},        // Groq
	{"xai-", word, 60, 100},       // xAI
	{"pplx-", word, 40, 64},       // Perplexity
	{"r8_", word, 37, 40},         // Replicate
	{"fw_", word, 20, 40},         // Fireworks
	{"csk-", word, 40, 64},        // Cerebras
	{"sk_", hexLower, 48, 48},     // ElevenLabs
	{"nvapi-", wordMarks, 60, 80}, // NVIDIA
	{"tvly-", wordMarks, 32, 64},  // Tavily
	{"pcsk_", wordMarks, 60, 90},  // Pinecone
	{"lsv2_pt_", wordMarks, 40, 60},
	{"lsv2_sk_", wordMarks, 40, 60}, // LangSmith

	// Clouds.
	{"AKIA", capitals, 16, 16}, // AWS
	{"ASIA", capitals, 16, 16},
	{"ABIA", capitals, 16, 16},
	{"ACCA", capitals, 16, 16},
	{"ABSK", base64Marks, 100, 200}, // AWS Bedrock
	{"ya29.", wordMarks, 30, 0},     // Google OAuth
	{"GOCSPX-", wordMarks, 28, 28},
	{"LTAI", word, 12, 24},      // Alibaba
	{"AKID", word, 13, 40},      // Tencent
	{"dop_v1_", hexAny, 64, 64}, // DigitalOcean
	{"doo_v1_", hexAny, 64, 64},
	{"dor_v1_", hexAny, 64, 64},
	{"hvs.", wordMarks, 24, 0}, // HashiCorp Vault
	{"hvb.", wordMarks, 24, 0},
	{"pul-", hexAny, 40, 40},        // Pulumi
	{"dp.pt.", word, 40, 44},        // Doppler
	{"dapi", hexAny, 32, 32},        // Databricks
	{"fm2_", base64Marks, 40, 0},    // Fly.io
	{"sbp_", hexAny, 40, 40},        // Supabase
	{"sb_secret_", word, 20, 50},    // Supabase
	{"pscale_tkn_", dotted, 32, 64}, // PlanetScale
	{"pscale_pw_", dotted, 32, 64},
	{"pscale_oauth_", dotted, 32, 64},

	// Code.
	{"ghp_", word, 36, 255}, // GitHub
	{"gho_", word, 36, 255},
	{"ghu_", word, 36, 255},
	{"ghs_", word, 36, 255},
	{"ghr_", word, 36, 255},
	{"github_pat_", wordMarks, 60, 100},
	{"glpat-", dotted, 20, 64}, // GitLab
	{"gldt-", wordMarks, 20, 64},
	{"glrt-", dotted, 20, 64},
	{"glptt-", hexAny, 40, 40},
	{"npm_", word, 36, 36},
	{"pypi-AgEI", wordMarks, 50, 0},
	{"rubygems_", hexAny, 48, 48},
	{"cio", word, 32, 32},            // crates.io
	{"dckr_pat_", wordMarks, 20, 40}, // Docker

	// Payment and messages.
	{"sk_live_", word, 16, 200}, // Stripe
	{"sk_test_", word, 16, 200},
	{"rk_live_", word, 16, 200},
	{"rk_test_", word, 16, 200},
	{"whsec_", base64Marks, 24, 64},
	{"sq0atp-", wordMarks, 22, 22}, // Square
	{"sq0csp-", wordMarks, 43, 43},
	{"EAAA", wordMarks, 60, 60},
	{"shpat_", hexAny, 32, 32}, // Shopify
	{"shpca_", hexAny, 32, 32},
	{"shppa_", hexAny, 32, 32},
	{"shpss_", hexAny, 32, 32},
	{"xoxb-", wordMarks, 20, 120}, // Slack
	{"xoxp-", wordMarks, 20, 120},
	{"xoxa-", wordMarks, 20, 120},
	{"xoxr-", wordMarks, 20, 120},
	{"xoxs-", wordMarks, 20, 120},
	{"xoxe-", wordMarks, 20, 200},
	{"xapp-", wordMarks, 40, 150},
	{"SK", hexLower, 32, 32},        // Twilio
	{"SG.", dotted, 66, 66},         // SendGrid
	{"key-", hexAny, 32, 32},        // Mailgun
	{"xkeysib-", wordMarks, 81, 81}, // Brevo
	{telegram, wordMarks, 33, 33},   // the number of the bot and a colon stand before it

	// Tools.
	{"lin_api_", word, 40, 40}, // Linear
	{"ntn_", word, 40, 50},     // Notion
	{"secret_", word, 43, 43},  // Notion
	{"pat", dotted, 79, 79},    // Airtable
	{"figd_", wordMarks, 40, 60},
	{"PMAK-", wordMarks, 59, 59}, // Postman
	{"NRAK-", capitals, 27, 27},  // New Relic
	{"glsa_", wordMarks, 41, 41}, // Grafana
	{"glc_", base64Marks, 32, 0},
	{"sntryu_", hexAny, 64, 64},     // Sentry
	{"sntrys_", base64Marks, 60, 0}, // Sentry
	{"phx_", word, 32, 60},          // PostHog
	{"phs_", word, 32, 60},          // PostHog
	{"dt0c01.", dotted, 89, 89},     // Dynatrace
	{"AGE-SECRET-KEY-1", capitals, 58, 58},
}

const telegram = "AA"

// alphabet is the bytes that a body may hold.
type alphabet [256]bool

func alphabetOf(k kind, marks string) *alphabet {
	var a alphabet
	for c := range a {
		a[c] = kindOf[c]&k != 0
	}
	for _, c := range []byte(marks) {
		a[c] = true
	}
	return &a
}

var (
	letters     = alphabetOf(letter, "")
	capitals    = alphabetOf(upper|digit, "")
	word        = alphabetOf(alnum, "")
	wordMarks   = alphabetOf(alnum, "-_")
	dotted      = alphabetOf(alnum, "-_.")
	base64Marks = alphabetOf(alnum, "+/-_")
	hexAny      = alphabetOf(hexDigit, "")
	hexLower    = alphabetOf(digit, "abcdef")
)

// vendorsBy are the vendors by the first byte of their prefix.
var vendorsBy = func() (t [256][]vendor) {
	for _, v := range vendors {
		t[v.prefix[0]] = append(t[v.prefix[0]], v)
	}
	return t
}()
