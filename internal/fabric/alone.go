package fabric

import "context"

// Alone is the fabric of a process that shares its database with nobody.
type Alone struct{}

// Send implements Fabric.
func (Alone) Send(Subject, []byte) {}

// SendTo implements Fabric.
func (Alone) SendTo(string, Subject, []byte) {}

// Listen implements Fabric.
func (Alone) Listen(Subject, func([]byte)) (stop func()) { return func() {} }

// Health implements Fabric.
func (Alone) Health() Health { return Health{Kind: "alone", Connected: true} }

// Close implements Fabric.
func (Alone) Close(context.Context) error { return nil }
