"""How the shipped separation model was made, and the one command that makes it again.

Everything the model has heard is listed in `training/SOURCES.toml`: songs generated and rendered by
this package, a free sound font, free synthetic voices and multitracks whose makers released them.
``python -m training.build`` renders, trains, checks and exports. Not part of the installed package.
"""
