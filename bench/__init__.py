"""Measurements of Relevnt on real postings."""

import os

# Before NumPy is loaded: one core is measured.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
