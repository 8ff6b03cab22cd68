from alpine
  run echo a
	cmd ["a", "b"]
