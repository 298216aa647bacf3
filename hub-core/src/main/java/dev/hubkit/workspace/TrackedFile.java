package dev.hubkit.workspace;

import java.nio.file.Path;

/**
 * A regular file of a work tree that git tracks.
 *
 * @param name its name relative to the root, with {@code /} between the parts
 * @param path where it is
 * @param executable whether its owner may execute it
 */
public record TrackedFile(String name, Path path, boolean executable) {}
