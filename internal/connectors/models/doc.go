// Package models asks language models that speak the OpenAI-compatible chat interface: Doubao (Ark), DeepSeek, Kimi, Ollama,
// vLLM and others alike. How providers differ is data (presets.yaml and configuration), not code.
//
// What it promises:
//
//   - Complete ends by the deadline of the request, whatever the providers do, and every body read is bounded.
//   - Providers are asked in the configured order. What is repeated, what goes to the next provider and what ends the call
//     follows from the class of the failure alone (class.go).
//   - Typed output is used only if it satisfies its schema; one repair round trip is made, then the call fails.
//   - A use never spends more than its budget and the cost of one call, also with calls in parallel.
//   - Keys are neither logged nor part of any error. Answers of a failed request are kept to a kilobyte, scrubbed.
//   - What a model reasons with itself is not part of the answer.
//
// What it does not promise: that an answer is true, or harmless. Rights are checked by those who act on it.
//
// The HTTP call is our own and not that of a client library: the libraries at hand cannot send a provider's own switches
// (thinking), leave a field out where sending its zero is refused, read usage where Kimi puts it, or bound what they read.
// Answers are not streamed: a reply goes out whole.
//
// It may import gen, the standard library, third-party packages and the connectors' dial and secret, nothing else of ours.
package models
