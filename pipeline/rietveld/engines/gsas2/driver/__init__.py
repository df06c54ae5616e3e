"""Runs in GSAS-II's interpreter: standard library, numpy and GSAS-II alone, nothing of ours outside this folder.

`__main__` loads the folder by its path. Jobs come as lines of JSON on standard input, answers leave as lines of JSON.
"""
