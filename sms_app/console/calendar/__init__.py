"""The calendar: sessions and savings meetings, moved, cancelled and planned with who is told what, when."""
