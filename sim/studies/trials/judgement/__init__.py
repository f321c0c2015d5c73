"""What a replayed study says: does the model agree, could it have disagreed, was it news to it?"""
