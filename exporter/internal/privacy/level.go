// Package privacy decides what of an event may leave the process.
//
// Everything may at the level All. Below it, a property leaves only when
// table.go names it, and then only in the shape that the table names: an id, a
// number, a known word. What nobody has named stays, whatever it is called.
package privacy

// Level says which content leaves the process.
type Level int

// The levels.
const (
	All Level = iota
	Inputs
	Outputs
	None
)

// Valid reports whether l is one of the constants.
func (l Level) Valid() bool { return l >= All && l <= None }

// And returns the level at which only that leaves which leaves at both. What is
// no level lets nothing through.
func (l Level) And(other Level) Level {
	switch {
	case !l.Valid() || !other.Valid():
		return None
	case l == other || other == All:
		return l
	case l == All:
		return other
	}
	return None
}

// has reports whether content of a side leaves.
func (l Level) has(s side) bool {
	return l == All || l == Inputs && s == input || l == Outputs && s == output
}

// side says where content comes from.
type side uint8

const (
	// neither is no content: see rule.shape.
	neither side = iota
	input
	output
)
