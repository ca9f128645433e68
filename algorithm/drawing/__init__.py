"""The chart as a drawing: shapes, letters, the path that was taken. Pure."""
