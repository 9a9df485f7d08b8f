"""The registers: typed entries of data/registers. Look up, search, cross-check and verify.

>>> from stagekansen_lib.registers.reading import read_registers
>>> registers = read_registers()
>>> registers.terms["meldpunt"].text("label", "en")
'reporting point'
"""
