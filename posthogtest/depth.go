package posthogtest

// maxDepth is how deeply PostHog's JSON reader follows lists and objects, those of
// the request included. One level more makes it refuse the whole request.
const maxDepth = 127

// checkDepth looks at brackets only: whether the body is JSON is checked later.
func checkDepth(plain []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(plain); i++ {
		switch c := plain[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return refuse(400, "bad JSON: recursion limit exceeded: more than %d levels at byte %d", maxDepth, i)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
