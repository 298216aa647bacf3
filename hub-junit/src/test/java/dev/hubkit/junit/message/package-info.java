/** Tests of matchers and bodies. */
@NullMarked
package dev.hubkit.junit.message;

import org.jspecify.annotations.NullMarked;
