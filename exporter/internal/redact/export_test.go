package redact

// ReplaceAll is String without Suspect.
var ReplaceAll = replaceAll
