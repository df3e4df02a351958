package models

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Budget is what may be spent in a day. Zero is no bound.
type Budget struct {
	Money  Money `yaml:"money"`
	Tokens int64 `yaml:"tokens"`
}

// BudgetError says that a budget is used up. The call was not made.
type BudgetError struct {
	Use    string // empty for the budget of all uses together
	Budget Budget
	Spent  Spend     // of today, with what calls in flight may still cost
	Until  time.Time // when the next day begins
}

// Error names the use and the budget.
func (e *BudgetError) Error() string {
	use := e.Use
	if use == "" {
		use = "all uses"
	}
	return fmt.Sprintf("budget of %s is used up: %s and %d tokens of %s and %d", use, e.Spent.Cost, e.Spent.Tokens(), e.Budget.Money, e.Budget.Tokens)
}

// Meter keeps the budgets. A deployment of several replicas gives one that they share.
type Meter interface {
	// Reserve must refuse with a *BudgetError when what is spent and reserved has reached the budget of the use or of all
	// uses, except that a call without cost is not bound by money. Otherwise it sets most aside and returns a function
	// that must be called once with what was really spent. So the budget is passed by the cost of one call at most.
	Reserve(ctx context.Context, use string, most Spend) (settle func(Spend), err error)
}

// DayMeter is a meter in memory. Its days begin at midnight of its zone.
type DayMeter struct {
	now  func() time.Time
	zone *time.Location
	all  Budget
	uses map[string]Budget

	mu    sync.Mutex
	day   time.Time
	spent map[string]Spend // "" is all uses
	held  map[string]Spend
}

// NewDayMeter returns a meter with the budget of all uses together and those of single uses.
func NewDayMeter(all Budget, uses map[string]Budget, zone *time.Location, now func() time.Time) *DayMeter {
	return &DayMeter{now: now, zone: zone, all: all, uses: maps.Clone(uses), spent: map[string]Spend{}, held: map[string]Spend{}}
}

// Reserve implements Meter.
func (m *DayMeter) Reserve(_ context.Context, use string, most Spend) (func(Spend), error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn()
	for _, scope := range []string{use, ""} {
		b := m.all
		if scope != "" {
			b = m.uses[scope]
		}
		sum := m.spent[scope].plus(m.held[scope])
		if (b.Money > 0 && most.Cost > 0 && sum.Cost >= b.Money) || (b.Tokens > 0 && sum.Tokens() >= b.Tokens) {
			return nil, &BudgetError{Use: scope, Budget: b, Spent: sum, Until: m.day.AddDate(0, 0, 1)}
		}
	}
	m.add(m.held, use, most)
	var once sync.Once
	return func(really Spend) {
		once.Do(func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.turn()
			m.add(m.held, use, minus(most))
			m.add(m.spent, use, really)
		})
	}, nil
}

// Spent returns what was spent today, by use; the empty name is all uses together.
func (m *DayMeter) Spent() map[string]Spend {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn()
	return maps.Clone(m.spent)
}

// Restore sets what was spent on the day of at, as Spent told it before a restart. Another day's figures are dropped.
func (m *DayMeter) Restore(at time.Time, spent map[string]Spend) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn()
	if midnight(at.In(m.zone)).Equal(m.day) {
		m.spent = map[string]Spend{}
		maps.Copy(m.spent, spent)
	}
}

// turn begins a new day when it is time. What is held stays held: it is settled on the day it ends.
func (m *DayMeter) turn() {
	if today := midnight(m.now().In(m.zone)); !today.Equal(m.day) {
		m.day, m.spent = today, map[string]Spend{}
	}
}

func (m *DayMeter) add(to map[string]Spend, use string, s Spend) {
	to[use] = to[use].plus(s)
	if use != "" {
		to[""] = to[""].plus(s)
	}
}

func minus(s Spend) Spend {
	u := s.Usage
	return Spend{Usage: Usage{-u.Input, -u.Cached, -u.Output, -u.Reasoning}, Cost: -s.Cost}
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
