"""Everything that a rule may touch: residents, ties, staff, services, enrolment."""
