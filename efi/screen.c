/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the choice of consoles and the conversion to UCS-2. The record does not depend on it: an
 * error of a screen is nobody's business.
 */
#include "efi/screen.h"

#define CHUNK 128

/*
 * A screen's console carries GraphicsOutput and a device path. The console splitter's handle
 * carries GraphicsOutput too, but no device path, and it would pass every line on to the serial
 * terminal as well, that is to the UART we drive.
 */
void screen_open(struct screen *screen, const struct uefi *uefi, bool clear)
{
	EFI_GUID graphics_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	EFI_GUID text_guid = EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL_GUID;
	UINTN count;
	EFI_HANDLE *handles = uefi_handles(uefi, &graphics_guid, &count);

	screen->count = 0;
	for (UINTN i = 0; i < count && screen->count < SCREENS_MAX; i++) {
		SIMPLE_TEXT_OUTPUT_INTERFACE *out = uefi_protocol(uefi, handles[i], &text_guid);

		if (!out || !uefi_path(uefi, handles[i]))
			continue;
		if (clear)
			(void)out->ClearScreen(out);
		screen->out[screen->count++] = out;
	}
	uefi_free(uefi, handles);
}

static void put_chunk(const struct screen *screen, CHAR16 *text)
{
	for (unsigned i = 0; i < screen->count; i++)
		(void)screen->out[i]->OutputString(screen->out[i], text);
}

void screen_write(void *arg, const char *s, size_t len)
{
	const struct screen *screen = arg;
	CHAR16 text[CHUNK + 3];
	size_t n = 0;

	if (screen->count == 0)
		return;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\n')
			text[n++] = '\r';
		text[n++] = (CHAR16)(unsigned char)s[i];
		if (n >= CHUNK || i + 1 == len) {
			text[n] = 0;
			put_chunk(screen, text);
			n = 0;
		}
	}
}

#define LOOK_US 50000

void screen_linger(const struct screen *screen, const struct uefi *uefi, unsigned seconds)
{
	SIMPLE_INPUT_INTERFACE *keys = uefi->st->ConIn;
	EFI_INPUT_KEY key;

	if (screen->count == 0 || !keys)
		return;
	(void)keys->Reset(keys, FALSE);
	for (unsigned i = 0; i < seconds * (1000000 / LOOK_US); i++) {
		if (!EFI_ERROR(keys->ReadKeyStroke(keys, &key)))
			return;
		(void)uefi->bs->Stall(LOOK_US);
	}
}
