package pii_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

var madeNumbers = func() map[string]func(*rand.Rand) string {
	all := map[string]func(*rand.Rand) string{}
	for name, c := range map[string]struct {
		prefix string
		n      int
		groups []int
	}{
		"visa": {"4", 16, []int{4, 4, 4, 4}}, "visa19": {"4", 19, nil}, "mc": {"53", 16, []int{4, 4, 4, 4}}, "amex": {"37", 15, []int{4, 6, 5}}, "jcb": {"3530", 16, []int{4, 4, 4, 4}},
		"diners": {"36", 14, []int{4, 6, 4}}, "discover": {"6011", 16, []int{4, 4, 4, 4}}, "unionpay": {"6222", 16, []int{4, 4, 4, 4}}, "maestro": {"6759", 16, nil},
		"luhn_order_1": {"1", 16, nil}, "luhn_order_7": {"7", 16, nil}, "luhn_order_8": {"8", 16, nil}, "luhn_order_9": {"9", 16, nil},
	} {
		number := func(r *rand.Rand) string {
			s := c.prefix + pick(r, d9, c.n-1-len(c.prefix))
			return s + strconv.Itoa(luhnDigit(s))
		}
		all[name] = number
		all[name+"_spaced"] = func(r *rand.Rand) string { return grouped(number(r), " ", c.groups...) }
		all[name+"_dashed"] = func(r *rand.Rand) string { return grouped(number(r), "-", c.groups...) }
	}
	for country, shape := range map[string]string{
		"DE": "<d18>", "FR": "<d10><U11><d2>", "NL": "<A4><d10>", "ES": "<d20>", "GB": "<A4><d14>", "IT": "<A1><d10><U12>", "BE": "<d12>", "AT": "<d16>", "PL": "<d24>", "UA": "<d6><U19>",
		"AE": "<d19>", "IE": "<A4><d14>", "CH": "<d5><U12>", "SE": "<d20>", "DK": "<d14>", "NO": "<d11>", "FI": "<d14>", "LU": "<d3><U13>", "PT": "<d21>", "CZ": "<d20>", "TR": "<d5>0<U16>", "SA": "<d2><U18>",
	} {
		number := func(r *rand.Rand) string { return iban(country, fill(r, shape)) }
		all["iban_"+country] = number
		all["iban_"+country+"_spaced"] = func(r *rand.Rand) string { return grouped(number(r), " ", 4, 4, 4, 4, 4, 4, 4, 4) }
		all["iban_"+country+"_lower"] = func(r *rand.Rand) string { return strings.ToLower(number(r)) }
	}
	return all
}()

// luhnDigit returns the check digit of a number.
func luhnDigit(s string) int {
	sum := 0
	for i := range len(s) {
		n := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			n = n*2/10 + n*2%10
		}
		sum += n
	}
	return (10 - sum%10) % 10
}

// iban puts the check digits between a country and an account.
func iban(country, account string) string {
	rest := 0
	for _, c := range account + country + "00" {
		for _, d := range strconv.Itoa(strings.IndexRune(d9+aZ, c)) {
			rest = (rest*10 + int(d-'0')) % 97
		}
	}
	return fmt.Sprintf("%s%02d%s", country, 98-rest, account)
}

// grouped puts a separator between groups.
func grouped(s, separator string, groups ...int) string {
	var parts []string
	for _, n := range groups {
		n = min(n, len(s))
		parts, s = append(parts, s[:n]), s[n:]
	}
	return strings.TrimRight(strings.Join(append(parts, s), separator), separator)
}

func base64URL(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// jwt makes a token with a signature of n bytes.
func jwt(header string, n int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		claims := fmt.Sprintf(`{"sub":"%s","name":"%s","iat":%d,"exp":%d}`, pick(r, d9, 10), pick(r, az, 6), r.IntN(2e9), r.IntN(2e9))
		return base64URL(header) + "." + base64URL(claims) + "." + base64URL(pick(r, alnums+"\x01\x02\xf0\xff", n))
	}
}

var madeTokens = map[string]func(*rand.Rand) string{
	"jwt":      jwt(`{"alg":"HS256","typ":"JWT"}`, 32),
	"jwt_rs":   jwt(`{"alg":"RS256","kid":"3f9a","typ":"JWT"}`, 256),
	"jwt_es":   jwt(`{"typ":"JWT","alg":"ES256"}`, 64),
	"jwt_none": jwt(`{"alg":"none"}`, 0),
	"jwe": func(r *rand.Rand) string {
		return base64URL(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + fill(r, ".<w171>.<w16>.<w120>.<w22>")
	},
	"opaque20": func(r *rand.Rand) string { return fill(r, "<n20>") }, "opaque32": func(r *rand.Rand) string { return fill(r, "<n32>") },
	"opaque40": func(r *rand.Rand) string { return fill(r, "<n40>") }, "opaque64": func(r *rand.Rand) string { return fill(r, "<w64>") },
	"uuid_token": func(r *rand.Rand) string { return fill(r, "<h8>-<h4>-4<h3>-a<h3>-<h12>") }, "hex64_token": func(r *rand.Rand) string { return fill(r, "<h64>") },
	"b64_token": func(r *rand.Rand) string { return fill(r, "<b86>==") }, "dotted": func(r *rand.Rand) string { return fill(r, "<n12>.<n24>.<n12>") },
	"base64json_200": func(r *rand.Rand) string { return base64URL(`{"cursor":"` + pick(r, alnums, 140) + `"}`) },
	"base64json_60":  func(r *rand.Rand) string { return base64URL(`{"cursor":"` + pick(r, alnums, 35) + `"}`) },
}

// block makes a PEM block of n bytes.
func block(label string, n int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		content := make([]byte, n)
		for i := range content {
			content[i] = byte(r.Uint32())
		}
		body := base64.StdEncoding.EncodeToString(content)
		var lines strings.Builder
		for len(body) > 64 {
			lines.WriteString(body[:64] + "\n")
			body = body[64:]
		}
		return "-----BEGIN " + label + "-----\n" + lines.String() + body + "\n-----END " + label + "-----"
	}
}

// rewritten makes a block with something replaced in it.
func rewritten(f func(*rand.Rand) string, oldnew ...string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return strings.NewReplacer(oldnew...).Replace(f(r)) }
}

var madeBlocks = func() map[string]func(*rand.Rand) string {
	key := "PRIV" + "ATE KEY"
	all := map[string]func(*rand.Rand) string{
		"pem": block(key, 1218), "pem_rsa": block("RSA "+key, 1192), "pem_ec": block("EC "+key, 121), "pem_openssh": block("OPENSSH "+key, 400), "pem_encrypted": block("ENCRYPTED "+key, 1300),
		"pem_dsa": block("DSA "+key, 448), "pem_ed25519": block(key, 48), "pem_big": block(key, 3000),
		"pgp":        rewritten(block("PGP "+key+" BLOCK", 1000), "BLOCK-----\n", "BLOCK-----\nVersion: GnuPG v2\nComment: https://example.com/keys\n\n"),
		"pem_legacy": rewritten(block("RSA "+key, 1192), key+"-----\n", key+"-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n"),
		"pem_public": block("PUBLIC KEY", 294), "pem_cert": block("CERTIFICATE", 900), "pem_csr": block("CERTIFICATE REQUEST", 600),
		"pgp_public": block("PGP PUBLIC KEY BLOCK", 800), "pgp_message": block("PGP MESSAGE", 500), "pgp_signature": block("PGP SIGNATURE", 300),
	}
	for name, f := range map[string]func(*rand.Rand) string{
		"pem": all["pem"], "pem_rsa": all["pem_rsa"], "pem_ec": all["pem_ec"], "pem_openssh": all["pem_openssh"], "pem_encrypted": all["pem_encrypted"],
		"pem_big": all["pem_big"], "pgp": all["pgp"], "pem_public": all["pem_public"], "pem_cert": all["pem_cert"],
	} {
		all[name+"_json"] = rewritten(f, "\n", `\n`)
		all[name+"_json2"] = rewritten(f, "\n", `\\n`)
		all[name+"_oneline"] = rewritten(f, "\n", " ")
		all[name+"_crlf"] = rewritten(f, "\n", "\r\n")
		all[name+"_crlf_json"] = rewritten(f, "\n", `\r\n`)
		all[name+"_indented"] = rewritten(f, "\n", "\n    ")
		all[name+"_noline"] = rewritten(f, "\n", "")
		all[name+"_quoted"] = rewritten(f, "\n", "\n> ")
		all[name+"_plus"] = rewritten(f, "\n", "\n+")
		all[name+"_cut"] = func(r *rand.Rand) string { s := f(r); return s[:min(len(s), 500)] }
	}
	all["pem_cut_json"] = rewritten(all["pem_cut"], "\n", `\n`)
	return all
}()
