package chat

import "github.com/otelposthog/otelposthog-go/internal/jsontree"

// ShowTools converts the tools of a request to a shape that the UI shows.
func ShowTools(tools *jsontree.Node) (changed bool) {
	changed = declarations(tools)
	for i := range tools.Items {
		changed = showTool(&tools.Items[i]) || changed
	}
	return changed
}

// declarations puts the functions that a tool of Gemini declares in its place.
func declarations(tools *jsontree.Node) (changed bool) {
	var list []jsontree.Node
	for i := range tools.Items {
		tool := &tools.Items[i]
		declared := FirstList(tool, "functionDeclarations", "function_declarations")
		if declared == nil {
			list = append(list, *tool)
			continue
		}
		list, changed = append(list, declared.Items...), true
		tool.Delete("functionDeclarations")
		tool.Delete("function_declarations")
		if len(tool.Members) > 0 { // a search of the provider beside them
			list = append(list, *tool)
		}
	}
	if changed {
		tools.Items = list
	}
	return changed
}

func showTool(tool *jsontree.Node) (changed bool) {
	if tool.Is(jsontree.String) { // a name is all that is recorded
		*tool = jsontree.Obj(jsontree.Member{Name: "name", Value: *tool})
	}
	if spec := tool.Get("toolSpec"); spec.Is(jsontree.Object) { // of Bedrock
		*tool = *spec
	}
	function := tool.Get("function")
	if !function.Is(jsontree.Object) {
		if tool.Get("name") == nil || tool.Get("input_schema") != nil && tool.Get("input_schema").Is(jsontree.Object) {
			return false
		}
		inner := jsontree.Obj()
		for _, name := range []string{"name", "description"} {
			if v := tool.Get(name); v != nil {
				inner.Set(name, *v)
			}
		}
		if v := FirstOfNames(tool, "parameters", "input_schema", "inputSchema", "parametersJsonSchema", "parameters_json_schema", "json_schema", "arguments"); v != nil {
			inner.Set("parameters", value(unwrapSchema(v)))
		}
		*tool = typed("function", "function", inner)
		return true
	}
	if tool.Get("type").String() != "function" {
		*tool = typed("function", "function", *function)
		function, changed = tool.Get("function"), true
	}
	if v := function.Get("parameters"); v.Is(jsontree.String) {
		function.Set("parameters", value(v))
		changed = true
	}
	return changed
}

// unwrapSchema returns the schema inside a wrapper.
func unwrapSchema(n *jsontree.Node) *jsontree.Node {
	for _, name := range []string{"jsonSchema", "json"} { // of the AI SDK and of Bedrock
		if inner := n.Get(name); inner.Is(jsontree.Object) {
			return inner
		}
	}
	return n
}
