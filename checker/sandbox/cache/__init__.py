"""Results of runs, kept between gradings; the key is a hash of everything that a result depends on."""
