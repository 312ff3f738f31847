//go:build tools

// Package tools pins the ACME server of the tests: go.sum has its checksums and those of what it is made of.
package tools

import (
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble"
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv"
)
