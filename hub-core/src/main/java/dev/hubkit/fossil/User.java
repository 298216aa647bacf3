package dev.hubkit.fossil;

import org.jspecify.annotations.Nullable;

/**
 * A user of a repository.
 *
 * @param login the name to log in with
 * @param capabilities the letters of what the user may do (Fossil's "Administering User
 *     Capabilities" document)
 * @param contact the name and address of the user
 * @param hasPassword whether the user can log in
 */
public record User(
    String login, String capabilities, @Nullable String contact, boolean hasPassword) {}
