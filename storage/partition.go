package storage

import "hash/fnv"

// Partitions is how many partitions sessions hash onto.
const Partitions = 1024

// Partition is the partition of a session, 0 to 1023. It never changes: rows say it, and the same parts can become databases of their own.
func Partition(session string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(session))
	return int32(h.Sum32() % Partitions)
}
