"""What no week may lose or make: people, places, beds, posts, money; counted anew in every run."""
