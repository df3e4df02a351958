package spill

// File is a segment that is written.
type File = file

// WithFiles lets a test make the files.
func WithFiles(o Options, create func(path string) (File, error)) Options {
	o.create = create
	return o
}

// WithRead lets a test read the files.
func WithRead(o Options, read func(path string) ([]byte, error)) Options {
	o.read = read
	return o
}
