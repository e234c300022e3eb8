"""Kernels that outlive the Jupyter server which started them, and the output they make meanwhile."""
