package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;

/**
 * A symbolic name of a single check-in.
 *
 * @param name the name
 * @param checkIn the check-in
 * @param time when the check-in was made
 */
public record Tag(String name, ArtifactName checkIn, Instant time) {}
