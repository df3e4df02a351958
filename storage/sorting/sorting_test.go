package sorting_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage/sorting"
)

func TestNamesStandWhereAReaderLooksForThem(t *testing.T) {
	t.Parallel()
	want := []string{"", "1 群", "2 群", "10 群", "alpha", "Beta", "gamma", "阿梅", "北京群", "广州群", "李四", "上海2群", "上海10群", "王五", "张三", "赵六"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(sorting.Key(a), sorting.Key(b)) })
	require.Equal(t, want, got)
}

func TestKeysAreBoundedAndTheSameEveryTime(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("很长的名字", 1000)
	require.Equal(t, sorting.Key(long), sorting.Key(long+"尾"))
	require.Less(t, len(sorting.Key(long)), 4000)
	require.NotPanics(t, func() { sorting.Key("\xff\xfe" + long[:200]) })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				require.Equal(t, sorting.Key("张三"), sorting.Key("张三")) //nolint:testifylint // never fails but when keys are not safe together
			}
		})
	}
	all.Wait()
}
