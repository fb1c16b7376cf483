package posthogtest

import "strings"

// diff compares two texts by lines: - is only in want, + only in got.
func diff(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	// common[i][j] is the length of the longest common list of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out strings.Builder
	line := func(sign, text string) { out.WriteString(sign + text + "\n") }
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			line("  ", a[i])
			i++
			j++
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			line("- ", a[i])
			i++
		default:
			line("+ ", b[j])
			j++
		}
	}
	return out.String()
}

// dedent takes away what a raw string in a test has around its text: empty lines
// at both ends, and the white space that all lines begin with.
func dedent(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\t", "  "), "\n")
	margin := -1
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \r")
		if lines[i] == "" {
			continue
		}
		if n := len(line) - len(strings.TrimLeft(line, " ")); margin < 0 || n < margin {
			margin = n
		}
	}
	for i, line := range lines {
		if line != "" {
			lines[i] = line[margin:]
		}
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
