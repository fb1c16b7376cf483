package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
)

const (
	english = `the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not
what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make
like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get
come made may part over new sound take only little work know place year live me back give most very after thing our just name good sentence man think
say great where help through much before line right too mean old any same tell boy follow came want show also around form three small set put end does
another well large must big even such because turn here why ask went men read need land different home us move try kind hand picture again change off `
	german  = `Donaudampfschifffahrtsgesellschaft Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz Kraftfahrzeughaftpflichtversicherung Grundstücksverkehrsgenehmigung `
	program = `get set put add id db key map api url is has user account name item list data type node tree root leaf next prev head tail size
len max min sum count average number string int bool byte char file path directory io fn callback context error ok value index position result buffer memory
pointer reference variable object array handler factory manager service controller repository configuration authentication request response validate process
utf8 base64 sha256 md5 http2 x509 v2 int64 float32 `
)

// spelled returns n words of a list in the way that join does.
func spelled(r *rand.Rand, list string, n int, join func(i int, word string) string) string {
	words := strings.Fields(list)
	var b strings.Builder
	for i := range n {
		b.WriteString(join(i, words[r.IntN(len(words))]))
	}
	return b.String()
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func separated(sep string) func(int, string) string {
	return func(i int, w string) string {
		if i == 0 {
			return w
		}
		return sep + w
	}
}

// ordinary are ways to write text that must never be touched.
var ordinary = map[string]func(r *rand.Rand) string{
	"prose":           func(*rand.Rand) string { return prose(4000) },
	"German":          func(*rand.Rand) string { return strings.Repeat(german, 10) },
	"one word a line": func(r *rand.Rand) string { return spelled(r, english, 400, separated("\n")) },
	"one word a line, escaped": func(r *rand.Rand) string {
		return `["` + spelled(r, english, 400, separated(`\n`)) + `"]`
	},
	"Chinese": func(*rand.Rand) string {
		return strings.Repeat("自然语言处理是人工智能领域中的一个重要方向", 60)
	},
	"Chinese, JSON-escaped": func(*rand.Rand) string { return strings.Repeat(`\u81ea\u7136\u8bed\u8a00`, 200) },
	"Chinese in a URL":      func(*rand.Rand) string { return "https://example.com/" + strings.Repeat("%E8%87%AA%E7%84%B6", 100) },
	"Japanese": func(*rand.Rand) string {
		return strings.Repeat("自然言語処理は計算機科学の一分野でありカタカナも使う", 60)
	},
	"Thai": func(*rand.Rand) string {
		return strings.Repeat("การประมวลผลภาษาธรรมชาติเป็นสาขาหนึ่ง", 60)
	},
	"Cyrillic": func(*rand.Rand) string {
		return strings.Repeat("обработкаестественногоязыка", 60)
	},
	"words without spaces": func(r *rand.Rand) string { return spelled(r, english, 200, separated("")) },
	"camelCase of English": func(r *rand.Rand) string {
		return "is" + spelled(r, english, 200, func(_ int, w string) string { return title(w) })
	},
	"camelCase of programs": func(r *rand.Rand) string {
		return "get" + spelled(r, program, 200, func(_ int, w string) string { return title(w) })
	},
	"camelCase of short words": func(r *rand.Rand) string {
		return "my" + spelled(r, "to of in it is as at be by do go he if me my no of on or so up us we id ok db io", 300, func(_ int, w string) string { return title(w) })
	},
	"CONSTANT_CASE": func(r *rand.Rand) string { return strings.ToUpper(spelled(r, english+program, 200, separated("_"))) },
	"snake_case":    func(r *rand.Rand) string { return spelled(r, english+program, 200, separated("_")) },
	"a slug":        func(r *rand.Rand) string { return spelled(r, english, 200, separated("-")) },
	"a path":        func(r *rand.Rand) string { return spelled(r, english+program, 200, separated("/")) },
	"a short path":  func(*rand.Rand) string { return strings.Repeat("/a/b/c", 200) },
	"mixed naming": func(r *rand.Rand) string {
		return spelled(r, program, 200, func(i int, w string) string { return []string{"/", "_", "-", ""}[i%4] + title(w) })
	},
	"a form": func(r *rand.Rand) string { return spelled(r, english, 200, separated("+")) },
	"minified JavaScript": func(r *rand.Rand) string {
		return spelled(r, program, 400, func(i int, w string) string {
			return string(rune('a'+i%26)) + []string{"=", "(", ")", ";", ",", "+", "."}[i%7] + w
		})
	},
	"UUIDs": func(r *rand.Rand) string {
		return spelled(r, "x", 30, func(i int, _ string) string {
			h := hex.EncodeToString(noise(r.Uint64(), 16))
			return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:] + []string{"", "/", "_", "\n"}[i%4]
		})
	},
	"SHA-512":         func(r *rand.Rand) string { return hex.EncodeToString(noise(r.Uint64(), 64)) },
	"mixed hex":       func(r *rand.Rand) string { return pick(r, "0123456789abcdefABCDEF", 1000) },
	"hashes in lines": func(r *rand.Rand) string { return wrap(hex.EncodeToString(noise(r.Uint64(), 3200)), 64, "\n") },
	"base64 hashes in lines": func(r *rand.Rand) string {
		return spelled(r, "x", 20, func(int, string) string { return b64(r.Uint64(), 32) + "\n" })
	},
	"a JWT": func(r *rand.Rand) string {
		return "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + strings.TrimRight(b64(r.Uint64(), 180), "=") + "." + base64.RawURLEncoding.EncodeToString(noise(r.Uint64(), 32))
	},
	"a token in a path": func(r *rand.Rand) string {
		return spelled(r, english, 50, separated("/")) + "/" + base64.RawURLEncoding.EncodeToString(noise(r.Uint64(), 33)) + "/" + spelled(r, english, 50, separated("/"))
	},
	"short tokens": func(r *rand.Rand) string {
		return spelled(r, "x", 20, func(int, string) string { return b64(r.Uint64(), 120)[:150] + " " })
	},
	"SHA-1 in lines":   func(r *rand.Rand) string { return wrap(hex.EncodeToString(noise(r.Uint64(), 3200)), 40, "\n") },
	"256 bytes of hex": func(r *rand.Rand) string { return hex.EncodeToString(noise(r.Uint64(), 256)) },
	"SHA-256 in quotes": func(r *rand.Rand) string {
		return spelled(r, "x", 20, func(int, string) string { return "\"" + hex.EncodeToString(noise(r.Uint64(), 32)) + "\" +\n" })
	},
	"tokens in a list": func(r *rand.Rand) string {
		return spelled(r, "x", 20, func(int, string) string { return "\"" + b64(r.Uint64(), 45) + "\",\n" })
	},
	"TOTP secrets in lines": func(r *rand.Rand) string { return wrap(pick(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 3200), 32, "\n") },
	"license keys": func(r *rand.Rand) string {
		return spelled(r, "x", 50, func(i int, _ string) string {
			return pick(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5) + []string{"-", "-", "-", "\n"}[i%4]
		})
	},
	"capitals without spaces": func(r *rand.Rand) string { return strings.ToUpper(spelled(r, english, 200, separated(""))) },
	"zeros":                   func(*rand.Rand) string { return strings.Repeat("00", 1000) },
	"DNA":                     func(r *rand.Rand) string { return pick(r, "ACGT", 5000) },
	"dna":                     func(r *rand.Rand) string { return pick(r, "acgt", 5000) },
	"DNA, FASTA":              func(r *rand.Rand) string { return wrap(pick(r, "AAAACGTN", 5000), 60, "\n") },
	"a protein":               func(r *rand.Rand) string { return pick(r, "ACDEFGHIKLMNPQRSTVWY", 5000) },
	"amino acids": func(r *rand.Rand) string {
		return spelled(r, "Ala Arg Asn Asp Cys Gln Glu Gly His Ile Leu Lys Met Phe Pro Ser Thr Trp Tyr Val", 300, separated(""))
	},
	"digits": func(r *rand.Rand) string { return pick(r, "0123456789", 5000) },
	"numbers": func(r *rand.Rand) string {
		return spelled(r, "x", 300, func(int, string) string { return strconv.Itoa(r.IntN(9999)) + "-" })
	},
	"timestamps": func(*rand.Rand) string { return strings.Repeat("2024-01-02T03-04-05Z_", 50) },
	"letters":    func(*rand.Rand) string { return strings.Repeat("a", 5000) },
	"capitals":   func(*rand.Rand) string { return strings.Repeat("A", 5000) },
	"laughter": func(*rand.Rand) string {
		return strings.Repeat("Ha", 500) + strings.Repeat("HAHAha", 100) + strings.Repeat("LoL", 300)
	},
	"a scream": func(*rand.Rand) string { return strings.Repeat("AAAHHH", 100) + strings.Repeat("h", 200) },
	"blah":     func(*rand.Rand) string { return strings.Repeat("Blah", 300) },
	"rulers": func(*rand.Rand) string {
		return strings.Repeat("-", 500) + "\n" + strings.Repeat("=", 500) + "\n" + strings.Repeat("_", 500)
	},
	"a ruler behind a word": func(*rand.Rand) string {
		return "total" + strings.Repeat("-", 500) + "= 7\nname" + strings.Repeat("_", 500) + "=\nsum" + strings.Repeat("/", 400) + "=="
	},
	"a table":   func(*rand.Rand) string { return strings.Repeat("+"+strings.Repeat("-", 30), 20) },
	"ASCII art": func(*rand.Rand) string { return strings.Repeat(`/\/\/_\/\/`, 100) },
	"alphabets": func(*rand.Rand) string {
		return strings.Repeat("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 8)
	},
	"a mangled name": func(*rand.Rand) string {
		return "_ZNSt8__detail13_Insert_baseINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESt4pairIKS6_S6_ESaIS9_ENS_10_Select1stESt8equal_toIS6_ESt4hashIS6_ENS_18_Mod_range_hashingENS_20_Default_ranged_hashENS_20_Prime_rehash_policyENS_17_Hashtable_traitsILb1ELb0ELb1EEEE15_M_insert_rangeIPKS9_NS_10_AllocNodeISaINS_10_Hash_nodeIS9_Lb1EEEEEEEEvT_SQ_RKT0_St17integral_constantIbLb1EE"
	},
}

func pick(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func TestOrdinaryTextIsNeverTouched(t *testing.T) {
	t.Parallel()
	for name, text := range ordinary {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 2))
			for range 100 {
				in := text(r)
				out, changed := redact.ReplaceAll(in)
				require.Equal(t, in, out)
				require.False(t, changed)
			}
		})
	}
}

// Source code is full of long things without spaces.
func TestSourceCodeIsNeverTouched(t *testing.T) {
	t.Parallel()
	files := 0
	for _, pattern := range []string{"*.go", "../*/*.go", "../../../*/*.go", "../../../*.mod", "../../../*.sum", "../../../LICENSE"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			if strings.Contains(string(text), "base64") {
				continue // speaks of payloads, and may show one
			}
			files++
			out, _ := redact.ReplaceAll(string(text))
			require.Equal(t, string(text), out, path)
		}
	}
	require.Greater(t, files, 20)
}

// The prose and the JSON of which most content consists must not even cost a
// second look.
func TestProseIsNotSuspect(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"prose", "German", "one word a line", "Chinese", "Thai", "minified JavaScript", "short tokens"} {
		text := ordinary[name](rand.New(rand.NewPCG(3, 4)))
		require.False(t, redact.Suspect(text), name)
		require.False(t, redact.Suspect(fmt.Sprintf(`{"role":"user","content":%q}`, text)), name)
	}
}
