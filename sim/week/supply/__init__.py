"""What is offered in a week: calendar, allocation of places, the ward, the workforce."""
