// Package rig is the product under fault: servers that are processes of their own, the robots' platform with its ledger of accepted calls, a
// service that flows ask, and a load generator that keeps a ledger of what was acknowledged to it. Whatever breaks a server cannot touch what
// stands here, so that package check can compare the three ledgers with the database afterwards.
//
// It is for tests. It may import the generated clients, the platform's connector and stand-in, failpoint, flowfile and database.
package rig
