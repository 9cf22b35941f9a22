"""What every other package uses: registries, files, threads, compiled kernels, checks."""
