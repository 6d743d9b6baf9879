/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the choice among the three sources and the conversion to ASCII. It does not parse:
 * run/options.c does, and says what is wrong with a word.
 */
#include "efi/options.h"

#include <efishellintf.h>
#include <efishell.h>

#include "efi/file.h"
#include "efi/fwcfg.h"
#include "pci/mem.h"

enum { FILE_OPTIONS, FILE_EXIT_PORT, FILES };

struct gather {
	const struct uefi *uefi;
	struct hw *hw;
	struct fwcfg_file files[FILES];
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

/*
 * Append up to the NUL, or count units, and end the text. ERR_INVALID: a unit that is no printable
 * character; ERR_NOMEM: no room. Firmware does not promise that from is aligned.
 */
static enum err append_ucs2(char *text, size_t *len, const void *from, size_t count)
{
	const uint8_t *bytes = from;

	for (size_t i = 0; i < count; i++) {
		unsigned unit = bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8;

		if (unit == 0)
			break;
		if (unit != '\t' && (unit < 0x20 || unit > 0x7e))
			return ERR_INVALID;
		if (*len == OPTIONS_TEXT_MAX)
			return ERR_NOMEM;
		text[(*len)++] = (char)unit;
	}
	text[*len] = 0;
	return OK;
}

/*
 * The shell has set the program's name apart and taken redirections out: its words are used as they
 * are.
 */
static enum err join_shell_words(const EFI_SHELL_PARAMETERS_PROTOCOL *shell, char *text)
{
	static const CHAR16 blank = ' ';
	size_t len = 0;
	enum err err = OK;

	for (UINTN i = 1; i < shell->Argc && err == OK; i++) {
		err = append_ucs2(text, &len, shell->Argv[i], SIZE_MAX);
		if (err == OK)
			err = append_ucs2(text, &len, &blank, 1);
	}
	return err;
}

static bool ends_in_efi(const char *word, size_t len)
{
	static const char tail[] = ".efi";

	if (len < 4)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		char c = word[len - 4 + i];

		if ((c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c) != tail[i])
			return false;
	}
	return true;
}

/* Boot loaders pass the command line with the program's path in front, or without. */
static void blank_program(char *text)
{
	size_t start = (size_t)(skip_blanks(text) - text);
	bool quoted = text[start] == '"';
	size_t word = start + quoted, end = word;

	if (text[start] == '-')
		return;
	while (text[end] && (quoted ? text[end] != '"' : !is_blank(text[end])))
		end++;
	if (!ends_in_efi(text + word, end - word))
		return;
	if (quoted && text[end] == '"')
		end++;
	memset(text + start, ' ', end - start);
}

static void fetch_load_options(struct gather *g, struct option_text *ret)
{
	EFI_GUID shell_guid = EFI_SHELL_PARAMETERS_PROTOCOL_GUID;
	const EFI_SHELL_PARAMETERS_PROTOCOL *shell = uefi_protocol(g->uefi, g->uefi->image,
								   &shell_guid);
	const EFI_LOADED_IMAGE *loaded = g->uefi->loaded;
	size_t len = 0;
	enum err err = OK;

	if (shell && shell->Argc > 0 && shell->Argv)
		err = join_shell_words(shell, ret->text);
	else if (loaded->LoadOptions && loaded->LoadOptionsSize % 2)
		err = ERR_INVALID;
	else if (loaded->LoadOptions)
		err = append_ucs2(ret->text, &len, loaded->LoadOptions,
				  loaded->LoadOptionsSize / 2);

	if (err == ERR_NOMEM) {
		ret->error = "LoadOptions are longer than 2048 characters";
	} else if (err != OK) {
		/*
		 * Firmware appends data of its own to the boot options that it makes, e.g. a GUID.
		 */
		ret->note = "LoadOptions are not printable UCS-2 and are ignored";
		ret->text[0] = 0;
	} else if (!shell) {
		blank_program(ret->text);
	}
}

static void fetch_fwcfg(struct gather *g, struct option_text *ret)
{
	const struct fwcfg_file *file = &g->files[FILE_OPTIONS];

	if (!file->found)
		return;
	if (file->size > OPTIONS_TEXT_MAX) {
		ret->error = "fw_cfg opt/org.intxlab/options is longer than 2048 bytes";
		return;
	}
	fwcfg_read(g->hw, file, ret->text, file->size);
	ret->text[file->size] = 0;
}

static void fetch_file(struct gather *g, struct option_text *ret)
{
	switch (file_read_options(g->uefi, ret->text, sizeof(ret->text))) {
	case OK:
		return;
	case ERR_ABSENT:
		break;
	case ERR_NOMEM:
		ret->error = "\\intxlab\\options.txt is longer than 2048 bytes";
		break;
	default:
		ret->error = "\\intxlab\\options.txt cannot be read";
		break;
	}
	ret->text[0] = 0;
}

_Static_assert(OPTIONS_TEXT_MAX == 2048, "the sentences above name it");

static const struct source {
	const char *name;
	void (*fetch)(struct gather *g, struct option_text *ret);
} sources[] = {
	{ "load-options", fetch_load_options },
	{ "fw-cfg", fetch_fwcfg },
	{ "file", fetch_file },
};

/* One to four hex digits, and nothing but a line end behind them. 0 for anything else. */
static uint16_t parse_port(const char *text)
{
	uint32_t port = 0;
	unsigned digits;

	for (digits = 0; *text && !is_blank(*text); digits++, text++) {
		char c = *text;

		if (c >= '0' && c <= '9')
			port = port << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			port = port << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return 0;
	}
	return digits <= 4 && *skip_blanks(text) == 0 ? (uint16_t)port : 0;
}

static void read_exit_port(struct gather *g, struct option_text *ret)
{
	const struct fwcfg_file *file = &g->files[FILE_EXIT_PORT];
	char digits[8] = "";

	if (!file->found)
		return;
	if (file->size < sizeof(digits)) {
		fwcfg_read(g->hw, file, digits, file->size);
		ret->exit_port = parse_port(digits);
	}
	if (ret->exit_port == 0)
		ret->note = "fw_cfg opt/org.intxlab/exit-port is not hex digits: ignored";
}

void options_gather(const struct uefi *uefi, struct hw *hw, bool try_fwcfg, struct option_text *ret)
{
	struct gather g = {
		.uefi = uefi,
		.hw = hw,
		.files = {
			[FILE_OPTIONS] = { .name = "opt/org.intxlab/options" },
			[FILE_EXIT_PORT] = { .name = "opt/org.intxlab/exit-port" },
		},
	};

	memset(ret, 0, sizeof(*ret));
	if (try_fwcfg && fwcfg_is_present(hw))
		fwcfg_find(hw, g.files, FILES);
	read_exit_port(&g, ret);

	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		ret->source = sources[i].name;
		sources[i].fetch(&g, ret);
		if (ret->error)
			ret->text[0] = 0;
		if (ret->error || *skip_blanks(ret->text))
			return;
	}
	ret->source = "none";
	ret->text[0] = 0;
}
