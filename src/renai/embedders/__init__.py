"""What shapes the vectors of an object that embeds, read off the object, of whatever framework."""
