"""X-ray studies of layered-oxide cathodes: raw files in, numbers with uncertainties and figures out."""

__version__ = "0.1.0"
