package exporter

import "fmt"

// EnvironmentTable is the table in docs/configuration.md, made of the variables
// that NewFromEnv reads.
func EnvironmentTable() string {
	table := "| variable | default | values |\n|---|---|---|\n"
	row := func(name, standard, values string) {
		table += fmt.Sprintf("| `%s` | %s | %s |\n", name, standard, values)
	}
	row(apiKeyVariable, "none, required", "the project API key, which begins with phc_")
	for _, v := range variables {
		row(v.name, v.standard, v.values)
	}
	return table
}
