package exporter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// HashDistinctID returns the hash that [WithHashedDistinctID] sends instead of
// a distinct id: its HMAC-SHA-256 with the key, as 64 hex digits. Pass it to
// posthog.identify in the browser.
func HashDistinctID(key []byte, distinctID string) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(distinctID)) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}
