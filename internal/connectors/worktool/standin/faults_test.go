package standin_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

func TestAnswersGoWrongOnPurpose(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		mode     standin.Mode
		status   int
		accepted int64
	}{
		{"status and nothing taken in", standin.Mode{Status: 503}, 503, 0},
		{"taken in, then status", standin.Mode{StatusAfter: 500}, 500, 1},
		{"taken in, then cut", standin.Mode{Drop: true}, 0, 1},
		{"limited", standin.Mode{Limited: "http"}, 429, 0},
		{"limited by code", standin.Mode{Limited: "body"}, 200, 0},
		{"only twice", standin.Mode{Status: 503, Times: 2}, 503, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, standin.Options{}, func(s *stage) {
				require.NoError(s, s.SetMode(robotID, c.mode))
				status, answer := s.send("一")
				require.Equal(s, c.status, status, answer)
				require.Equal(s, c.accepted, s.Counts().Accepted)
				if c.mode.Limited == "body" {
					require.Contains(s, answer, `"code":429`)
				}
				if c.mode.Times > 0 {
					s.send("一")
					status, _ = s.send("一")
					require.Equal(s, 200, status)
				}
			})
		})
	}
}

func TestASlowRobotSlowsOnlyItself(t *testing.T) {
	play(t, standin.Options{}, func(s *stage) {
		require.NoError(s, s.SetMode(robotID, standin.Mode{Slow: standin.Duration(30 * time.Second)}))
		start := time.Now()
		s.call("GET", "/robot/robotInfo/online?robotId=r2", "")
		require.Zero(s, time.Since(start))
		s.send("一")
		require.Equal(s, 30*time.Second, time.Since(start))
	})
}

func TestAShareOfTheCallsIsHit(t *testing.T) {
	play(t, standin.Options{RateLimit: standin.Off}, func(s *stage) {
		require.NoError(s, s.SetMode(robotID, standin.Mode{Drop: true, Share: 0.2, SendsOnly: true}))
		cut := 0
		for range 500 {
			if status, _ := s.send("一"); status == 0 {
				cut++
			}
			status, _ := s.call("GET", "/robot/robotInfo/online?robotId="+robotID, "")
			require.Equal(s, 200, status)
		}
		require.InDelta(s, 100, cut, 40)
		require.EqualValues(s, 500, s.Counts().Accepted)
	})
}

func TestCallbacksGoWrongOnPurpose(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		mode standin.Mode
		want func(s *stage)
	}{
		{"late", standin.Mode{CallbackLate: standin.Duration(6 * time.Minute)}, func(s *stage) {
			require.Empty(s, s.take())
			time.Sleep(6 * time.Minute)
			synctest.Wait()
			require.Len(s, s.take(), 2)
		}},
		{"lost", standin.Mode{CallbackLost: true}, func(s *stage) {
			time.Sleep(time.Hour)
			require.Empty(s, s.take())
			require.EqualValues(s, 2, s.Counts().CallbacksLost)
		}},
		{"three times", standin.Mode{CallbackCopies: 3}, func(s *stage) { require.Len(s, s.take(), 6) }},
		{"shuffled", standin.Mode{CallbackShuffle: true}, func(s *stage) {
			time.Sleep(time.Second)
			synctest.Wait()
			require.Len(s, s.take(), 2)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, standin.Options{PhoneDelay: standin.NoDelay}, func(s *stage) {
				s.bindResults()
				require.NoError(s, s.SetMode(robotID, c.mode))
				s.send("一", "二")
				synctest.Wait()
				c.want(s)
			})
		})
	}
}

func TestACallbackIsGivenUpAfterThreeSecondsAndNeverRepeated(t *testing.T) {
	play(t, standin.Options{PhoneDelay: standin.NoDelay}, func(s *stage) {
		s.call("POST", "/robot/robotInfo/update?robotId="+robotID, `{"openCallback":"1","replyAll":"1","callbackUrl":"http://nobody.test/"}`)
		require.NoError(s, s.Say(standin.Utterance{Group: "群一", Sender: "张三", Text: "在吗"}))
		time.Sleep(time.Hour)
		require.EqualValues(s, 1, s.Counts().CallbacksFailed)
		require.Zero(s, s.Counts().CallbacksPosted)
	})
}
