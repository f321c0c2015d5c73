"""People come and go: who leaves and who takes their place, birthdays, homes that form and part;
once a quarter.
"""
