// Package gen holds generated code in its folders, and gives the running product the API's description.
package gen

import _ "embed"

// OpenAPI is the API's description.
//
//go:embed openapi/api.swagger.json
var OpenAPI []byte
