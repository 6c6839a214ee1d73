"""Datasets before they are read: which samples, in which order, through which functions.

plan           what every view can do
rows           samples that lie in shards, read batch by batch without an object a sample
stored         the samples of some shards
chosen         some samples of another plan
choices        which ones: stretches, indices, masks, parts, what a function keeps
interleaving   which ones of several plans in turn
each           samples made of those of another plan, each of its own one
mapped         samples that a function makes of others
joined         several plans behind each other
shown          samples as another class
faces          how a sample or a batch becomes one of another class
derived_types  sample types that are made of others: fewer fields, renamed fields
calls          calling functions of the user
question       a condition on its way through the views to where it is answered
matching       samples of which a condition is true
scanning       fields of stored samples, where nothing beside the shards has them
held           samples that were found by manifests, held against the condition as they are read
"""
