package replica

import "hash/fnv"

// chosen is the member that is to have a partition: the one with the greatest hash of both, so that a member which comes or goes moves its own
// partitions only.
func chosen(partition int32, members []string) string {
	var best string
	var most uint64
	for _, m := range members {
		if n := weight(partition, m); best == "" || n > most {
			best, most = m, n
		}
	}
	return best
}

func weight(partition int32, member string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(member))
	x := h.Sum64() ^ uint64(partition)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // names differ little: every bit of them must count
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
