"""How far results can be believed: calibration, predictions, claims, and whether answers stand."""
