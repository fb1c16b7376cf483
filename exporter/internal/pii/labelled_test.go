package pii_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// labelled is a text of testdata in which every value is known.
type labelled struct {
	file string // without .txt
	line int
	text string
	// values are where the values stand, and of which kind each is.
	values [][2]int
	kinds  []string
}

var (
	madeValue = regexp.MustCompile(`\$([a-z]+[a-z0-9]*(?:_[A-Za-z0-9]+)*)`)
	labels    = regexp.MustCompile(`«(?:([a-z_]+):)?([^»]*)»`)
)

// load reads the labelled texts of a file.
func load(t *testing.T, name string) (texts []labelled) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".txt"))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if strings.HasPrefix(line, "# ") {
			continue
		}
		texts = append(texts, parse(name, n, line))
	}
	require.NoError(t, lines.Err())
	return texts
}

// parse makes the values that a line asks for, and takes the labels off.
func parse(file string, n int, line string) labelled {
	r := rand.New(rand.NewPCG(uint64(n), uint64(len(file))))
	line = madeValue.ReplaceAllStringFunc(line, func(name string) string {
		make, ok := made[name[1:]]
		if !ok {
			return name // a shell variable
		}
		return make(r)
	})
	line = strings.ReplaceAll(line, "⏎", "\n")
	l := labelled{file: file, line: n}
	var text strings.Builder
	done := 0
	for _, at := range labels.FindAllStringSubmatchIndex(line, -1) {
		text.WriteString(line[done:at[0]])
		start := text.Len()
		text.WriteString(line[at[4]:at[5]])
		l.values = append(l.values, [2]int{start, text.Len()})
		kind := file
		if at[2] >= 0 {
			kind = line[at[2]:at[3]]
		}
		l.kinds = append(l.kinds, kind)
		done = at[1]
	}
	text.WriteString(line[done:])
	l.text = text.String()
	return l
}

// made are the values that the test makes, so that no repository scanner takes
// one for a real one. The shapes are the providers'.
var made = func() map[string]func(*rand.Rand) string {
	all := map[string]func(*rand.Rand) string{}
	for name, shape := range shapes {
		all[name] = func(r *rand.Rand) string { return fill(r, shape) }
	}
	for name, f := range madeNumbers {
		all[name] = f
	}
	for name, f := range madeTokens {
		all[name] = f
	}
	for name, f := range madeBlocks {
		all[name] = f
	}
	return all
}()

const (
	az      = "abcdefghijklmnopqrstuvwxyz"
	aZ      = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	d9      = "0123456789"
	hexes   = "0123456789abcdef"
	letters = az + aZ
	alnums  = letters + d9
)

// alphabets are what the letters of a shape stand for.
var alphabets = map[byte]string{
	'a': az, 'A': aZ, 'd': d9, 'h': hexes, 'L': letters, 'n': alnums, 'w': alnums + "-_", 'U': aZ + d9, 'l': az + d9, 'b': alnums + "+/", 'B': aZ + "234567",
}

var fields = regexp.MustCompile(`<([a-zA-Z])(\d+)>`)

// fill writes random characters into a shape: <n20> is 20 letters and digits. A
// tilde in it is nothing, and keeps the prefixes of keys apart.
func fill(r *rand.Rand, shape string) string {
	shape = strings.ReplaceAll(shape, "~", "")
	return fields.ReplaceAllStringFunc(shape, func(f string) string {
		var n int
		_, _ = fmt.Sscanf(f[2:], "%d>", &n)
		return pick(r, alphabets[f[1]], n)
	})
}

func pick(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

var shapes = map[string]string{
	"openai_project": "sk~-pr~oj-<w74>T3B~lbkFJ<w74>", "openai_legacy": "sk~-<n20>T3B~lbkFJ<n20>", "openai_admin": "sk~-ad~min-<w58>T3B~lbkFJ<w58>", "openai_service": "sk~-sv~cacct-<w58>T3B~lbkFJ<w58>",
	"anthropic": "sk~-a~nt-api03-<w93>AA", "google": "AI~za<w35>", "google_oauth": "ya~29.<w120>", "google_client_secret": "GOC~SPX-<w28>",
	"aws_id": "AK~IA<B16>", "aws_sts": "AS~IA<B16>", "aws_secret": "<b40>", "aws_bedrock": "AB~SKQmVkcm9ja0FQSUtleS1<b108>=",
	"azure_storage": "<b86>==", "azure_client": "<n3>8Q~~<w34>", "azure_bus": "<b43>=",
	"github_pat": "gh~p_<n36>", "github_oauth": "gh~o_<n36>", "github_server": "gh~s_<n36>", "github_refresh": "gh~r_<n36>", "github_fine": "github~_pat_<n22>_<n59>",
	"gitlab_pat": "gl~pat-<w20>", "gitlab_trigger": "gl~ptt-<h40>", "huggingface": "h~f_<L34>",
	"slack_bot": "xo~xb-<d12>-<d12>-<n24>", "slack_user": "xo~xp-<d12>-<d12>-<d13>-<h32>", "slack_app": "xa~pp-1-A<U10>-<d13>-<h64>",
	"stripe_live": "sk~_li~ve_<n24>", "stripe_restricted": "rk~_li~ve_<n99>", "stripe_test": "sk~_te~st_<n24>", "stripe_webhook": "wh~sec_<n32>", "stripe_publishable": "pk~_li~ve_<n24>",
	"twilio": "S~K<h32>", "sendgrid": "S~G.<w22>.<w43>", "mailgun": "ke~y-<h32>", "mailchimp": "<h32>-us12", "brevo": "xk~eysib-<h64>-<n16>",
	"npm": "np~m_<n36>", "pypi": "py~pi-AgEIcHlwaS5vcmc<w140>", "docker": "dckr~_pat_<w27>", "rubygems": "ruby~gems_<h48>", "crates": "ci~o<n32>",
	"digitalocean": "do~p_v1_<h64>", "shopify": "sh~pat_<h32>", "square": "sq~0atp-<w22>", "linear": "lin~_api_<n40>", "notion": "nt~n_<d11><n35>", "notion_old": "sec~ret_<n43>",
	"airtable": "pa~t<n14>.<h64>", "figma": "fi~gd_<w40>", "postman": "PM~AK-<h24>-<h34>", "databricks": "da~pi<h32>", "newrelic": "NR~AK-<U27>",
	"grafana_sa": "gl~sa_<n32>_<h8>", "grafana_cloud": "gl~c_eyJvIjoi<n120>==", "sentry_user": "snt~ryu_<h64>", "posthog_personal": "ph~x_<n43>", "posthog_public": "<n43>", "posthog_project": "ph~c_<n43>",
	"langfuse": "sk~-lf-<h8>-<h4>-<h4>-<h4>-<h12>", "langfuse_public": "pk~-lf-<h8>-<h4>-<h4>-<h4>-<h12>", "langsmith": "ls~v2_pt_<h32>_<h10>",
	"groq": "gs~k_<n52>", "xai": "xa~i-<n80>", "perplexity": "pp~lx-<n48>", "replicate": "r~8_<n37>", "fireworks": "f~w_<n24>", "openrouter": "sk~-or-v1-<h64>", "nvidia": "nv~api-<w64>",
	"pinecone": "pc~sk_<n6>_<n63>", "tavily": "tv~ly-dev-<n32>", "deepseek": "sk~-<h32>", "cerebras": "cs~k-<l48>", "elevenlabs": "s~k_<h48>",
	"vault": "hv~s.<w95>", "terraform": "<n14>.atl~asv1.<w67>", "pulumi": "pu~l-<h40>", "doppler": "dp~.pt.<n43>", "alibaba": "LT~AI<n20>", "tencent": "AK~ID<n32>",
	"telegram": "<d10>:A~A<w33>", "discord": "M<n25>.<w6>.<w38>", "dynatrace": "dt~0c01.<U24>.<U64>", "planetscale": "psc~ale_tkn_<w43>", "fly": "fm~2_<b300>", "supabase": "sb~p_<h40>", "asana": "1/<d16>:<h32>",
	"age":   "AGE-SEC~RET-KEY-1<U58>",
	"hex32": "<h32>", "hex40": "<h40>", "hex64": "<h64>", "alnum32": "<n32>", "alnum40": "<n40>", "uuid": "<h8>-<h4>-4<h3>-a<h3>-<h12>", "base64_200": "<b200>",
}
