"""What `atdata doctor` looks at: the program, its folders, the Indexes and stores that it is told of."""
