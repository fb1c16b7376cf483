package pii

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// findPhone finds numbers that begin with a country code, numbers in the spelling
// of some country, and any behind a word such as "phone".
func findPhone(s string, from int, m *meter) (start, end int) {
	for i := from; ; {
		i = skipEscape(s, nextDigit(s, i, m))
		if i >= len(s) {
			return -1, -1
		}
		end := skip(s, i, digit)
		m.add(end - i)
		if hasDigits(s, i, 7, m) {
			x := readNumber(s, i, m)
			for g := range x.n {
				if start, end := phoneAt(s, &x, g, m); start >= from {
					return start, end
				}
			}
			end = skip(s, max(end, x.end), digit)
		}
		m.add(end - i)
		i = end
	}
}

// phoneAt returns the phone number that starts with a group, or -1.
func phoneAt(s string, x *number, first int, m *meter) (start, end int) {
	g := x.groups[first]
	if first > 0 && g.before != " " && g.before != " (" {
		return -1, -1
	}
	start = g.start
	if at(s, start-1) == '(' {
		start--
	}
	if at(s, start-1) == '+' {
		start--
		if last := international(s, x, first, g.start); last > 0 && startsPhone(s, start) {
			return start, x.groups[last-1].end
		}
		return -1, -1
	}
	if !startsPhone(s, start) {
		return -1, -1
	}
	if first == 0 && strings.HasPrefix(s[g.start:g.end], "00") && g.len() <= len("00420") {
		if last := international(s, x, first, g.start+2); last-first > 1 && !inTable(s, start, x.groups[first].end, 4, "phone") {
			return start, x.groups[last-1].end
		}
	}
	for last := x.n; last > first; last-- {
		if x.continues(last) || !endsNumber(s, x.groups[last-1].end) {
			continue
		}
		var buf [64]byte
		leads, ok := nationalShapes[string(x.shape(first, last, buf[:0]))]
		if ok && leads.match(s, x, first) && !(leads&pairs != 0 && inTable(s, start, x.groups[last-1].end, 2, "phone")) {
			return start, x.groups[last-1].end
		}
	}
	if last := x.upTo(s, first, 7, 13); last > 0 && !x.isVersion(first, last) && speaksOfPhone(s, start, m) {
		return start, x.groups[last-1].end
	}
	return -1, -1
}

// startsPhone reports whether a phone number may start at s[i].
func startsPhone(s string, i int) bool {
	plus := s[i] == '+'
	switch at(s, i-1) {
	case '.', '-', '/', '#', '$', '@', '+':
		return false
	case '_', '(':
		return plus
	case '*':
		return at(s, i-2) == '*' // bold
	case ':':
		// Not the seconds of a time, behind which a zone may follow.
		return !isAt(s, i-2, digit) || !isAt(s, i-3, digit) || at(s, i-4) != ':'
	}
	return startsWord(s, i)
}

// international returns the number of groups up to the end of a number whose
// country code starts at s[code], 0 when it is none. ITU-T E.164 allows 15
// digits.
func international(s string, x *number, first, code int) (last int) {
	if c := at(s, code); c == '0' || !is(c, digit) {
		return 0
	}
	least, most := 8, 15
	if at(s, code) == '1' { // North America
		least, most = 11, 11
	}
	skipped := code - x.groups[first].start
	last = x.upTo(s, first, least+skipped, most+skipped)
	switch groups := last - first; {
	case last == 0:
		return 0
	case groups == 1 && x.groups[first].len()-skipped < 10:
		return 0 // a number with a sign
	case groups == 2 && x.groups[first+1].before == ".":
		return 0 // a decimal
	}
	return last
}

// upTo returns the longest row of groups from first on that has between least and
// most digits and may end there, by the index behind its last; 0 when there is
// none.
func (x *number) upTo(s string, first, least, most int) (last int) {
	digits := 0
	for i := first; i < x.n; i++ {
		if digits += x.groups[i].len(); digits > most {
			break
		}
		if digits >= least && !x.continues(i+1) && endsNumber(s, x.groups[i].end) {
			last = i + 1
		}
	}
	return last
}

// isVersion reports whether dots stand between two groups only, or with other
// separators, or between the four of an IP address: 2006.1117, 1.5.0 (2023.
func (x *number) isVersion(first, last int) bool {
	dots := 0
	for _, g := range x.groups[first+1 : last] {
		if g.before == "." {
			dots++
		}
	}
	return dots == 1 || dots == 3 && last-first == 4 || dots > 0 && dots < last-first-1
}

// shape writes the lengths of groups and what stands between: (3) 3-4.
func (x *number) shape(first, last int, buf []byte) []byte {
	for i := first; i < last; i++ {
		g := x.groups[i]
		if i > first || g.before == "(" {
			buf = append(buf, g.before...)
		}
		buf = append(buf, '0'+byte(min(g.len(), 10)))
	}
	return buf
}

// lead says how a national number begins.
type lead uint8

const (
	trunk   lead = 1 << iota // 0, and another digit than 0 behind it
	america                  // an area code and an exchange, from 200 on
	one                      // 1 and then the same
	russia                   // 8 or 7
	pairs                    // what a dump of bytes looks like, too
	anyLead
)

// nationalShapes are the usual spellings that say enough alone.
var nationalShapes = map[string]lead{
	"3-3-4": america | trunk, "(3) 3-4": america, "(3)3-4": america, "(3) 3 4": america, "3.3.4": america, "(3)-3-4": america,
	"1-3-3-4": one, "1 (3) 3-4": one, "1.3.3.4": one, "1 3-3-4": one, "1 3 3 4": one,
	"2 2 2 2 2": trunk | pairs, "2.2.2.2.2": trunk, // France
	"3 4 4": trunk, "5 6": trunk, "4 3 4": trunk, "5 3 3": trunk, // United Kingdom
	"4 3 3": trunk, "2 4 4": trunk, "4 3 2 2": trunk, "3 3 4": trunk, "3 3 2 2": trunk, "3-3 2 2": trunk,
	"4/6": trunk, "4/7": trunk, "4/8": trunk, "3/6": trunk, "3/7": trunk, "3/8": trunk, "5/6": trunk, // Germany, Austria
	"3 6": trunk, "3 7": trunk, "3 8": trunk, "4 6": trunk, "4 7": trunk, "4 8": trunk, "5 5": trunk,
	"4-7": trunk, "4-8": trunk, "3-7": trunk, "2-8": trunk, "3-8": trunk, "6 5": trunk,
	"(2) 4 4": trunk, "(3) 4 4": trunk, "(4) 3 4": trunk, "(5) 6": trunk, "(3) 6": trunk, "(3) 7": trunk, "(3) 8": trunk, "(4) 6": trunk, "(4) 7": trunk,
	"2-6": trunk, "2-7": trunk, "2-3 3 2": trunk, "2-3 2 2": trunk, // Sweden
	"2-4-4": trunk, "3-4-4": trunk, "4-3-3": trunk, "3-3-3": trunk, // Japan, Korea, Thailand
	"(2) 5-4": anyLead, "(2) 4-4": anyLead, "(2)5-4": anyLead, "(2)4-4": anyLead, "2 5-4": anyLead, // Brazil
	"1 (3) 3-2-2": russia, "1(3)3-2-2": russia, "1 3 3-2-2": russia, "1-3-3-2-2": russia, "1 (3) 3 2 2": russia,
}

func (l lead) match(s string, x *number, first int) bool {
	a := s[x.groups[first].start:]
	switch {
	case l&anyLead != 0,
		l&trunk != 0 && a[0] == '0' && a[1] != '0',
		l&russia != 0 && (a[0] == '8' || a[0] == '7'):
		return true
	case l&one != 0:
		return a[0] == '1' && s[x.groups[first+1].start] >= '2' && s[x.groups[first+2].start] >= '2'
	case l&america != 0:
		return a[0] >= '2' && s[x.groups[first+1].start] >= '2'
	}
	return false
}

const (
	// maxContext is how far before a number a word may stand.
	maxContext   = 40
	contextWords = 3
)

// speaksOfPhone reports whether one of the last words before s[i] says that a
// phone number follows.
func speaksOfPhone(s string, number int, m *meter) bool {
	stop := max(0, number-maxContext)
	m.add(maxContext)
	i, digits, foreign := number, 0, false
	for words := range contextWords {
		for i > stop && !isWordByte(s[i-1]) {
			if is(s[i-1], digit) {
				digits++
			}
			if s[i-1] == ']' || s[i-1] == '\n' || digits > 2 {
				return false // a note, another line, another number
			}
			i--
		}
		end := i
		for i > stop && isWordByte(s[i-1]) {
			foreign = foreign || s[i-1] >= utf8.RuneSelf
			i--
		}
		near, ok := phoneWords[strings.ToLower(s[i:end])]
		if ok && (words == 0 || near == anywhere) {
			return true
		}
	}
	return foreign && slices.ContainsFunc(joinedPhoneWords, func(w string) bool { return strings.Contains(s[i:number], w) })
}

// isWordByte reports whether c belongs to a word: a letter, or a part of one
// beyond ASCII.
func isWordByte(c byte) bool { return is(c, letter) || c >= utf8.RuneSelf }

// nearness is how close to a number a word must stand.
type nearness bool

const (
	anywhere nearness = false
	directly nearness = true
)

var phoneWords = func() map[string]nearness {
	t := map[string]nearness{}
	for w := range strings.FieldsSeq("numéro номер número numero ring bel ruf ara") {
		t[w] = directly
	}
	for w := range strings.FieldsSeq(`phone phones telephone tel mobile cell cellphone fax call calls dial sms whatsapp contact
		telefon telefonnummer rufnummer handy handynummer mobil mobilnummer anrufen rufen
		téléphone telephone tél portable appelez appeler
		teléfono telefono móvil movil celular llámame llamar llame
		telefone celular ligue ligar
		cellulare chiamami chiamare
		telefoon telefoonnummer mobiel
		telefonnr tlf mobiltelefon puhelin puh
		telefonu komórka zadzwoń tel
		телефон телефона тел звоните позвоните мобильный
		telefonum cep
		điện thoại telp telepon nomor`) {
		t[w] = anywhere
	}
	return t
}()

// joinedPhoneWords are those of scripts that put no space around a word, or that
// add to it.
var joinedPhoneWords = []string{
	"电话", "手机", "拨打", "電話", "手機", "携帯", "전화", "휴대폰", "फोन", "फ़ोन", "मोबाइल", "هاتف", "اتصل", "جوال", "โทร", "มือถือ", "τηλέφωνο", "טלפון",
}
