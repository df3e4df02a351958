package spill

// File is a segment that is written.
type File = file

// WithFiles lets a test make the files.
func WithFiles(o Options, create func(path string) (File, error)) Options {
	o.create = create
	return o
}
