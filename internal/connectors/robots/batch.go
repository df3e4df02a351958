package robots

import "fmt"

// Batches cuts commands into runs that may travel in one request each: at most MaxBatch commands, no two of them
// equal, since a phone does equal commands of one batch only once. Order is kept.
func Batches(commands []Command) [][]Command {
	var batches [][]Command
	seen := make(map[Fingerprint]bool, min(len(commands), MaxBatch))
	start := 0
	for i, c := range commands {
		key := FingerprintOf(c)
		if seen[key] || i-start == MaxBatch {
			batches = append(batches, commands[start:i:i])
			start = i
			clear(seen)
		}
		seen[key] = true
	}
	if start < len(commands) {
		batches = append(batches, commands[start:])
	}
	return batches
}

// CheckBatch says whether commands may travel in one request.
func CheckBatch(commands []Command) error {
	if len(commands) == 0 || len(commands) > MaxBatch {
		return fmt.Errorf("%w: %d commands in a batch, want 1 to %d", ErrInvalid, len(commands), MaxBatch)
	}
	seen := make(map[Fingerprint]int, len(commands))
	for i, c := range commands {
		if err := c.Validate(); err != nil {
			return fmt.Errorf("command %d: %w", i, err)
		}
		key := FingerprintOf(c)
		if earlier, ok := seen[key]; ok {
			return fmt.Errorf("%w: commands %d and %d of the batch are equal, the phone would do one", ErrInvalid, earlier, i)
		}
		seen[key] = i
	}
	return nil
}
