package session_test

const (
	idA     = "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
	idB     = "0199a5b0-ffff-7e3f-8a4b-5c6d7e8f9a0b"
	windowA = "0199a5b0-1c2d-7000-8a4b-000000000001"
)
