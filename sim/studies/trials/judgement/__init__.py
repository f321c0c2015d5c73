"""What a replayed study says: does the model agree, could it have disagreed, was the result used
to make it?
"""
