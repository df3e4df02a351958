package engine

// CountCost lets the programs that the catalog compiles from now on tell what each evaluation of an expression cost, and in which instance.
func (c *Catalog) CountCost(tell func(instance string, cost uint64)) {
	c.counted = func(a activation, cost uint64) {
		if v, ok := a.(view); ok {
			tell(v.run.InstanceID(), cost)
		}
	}
}
