/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the two files on the boot volume and the order of steps in which a report is replaced. It
 * never touches another volume: a lab's disk is not ours to write to.
 */
#include "efi/file.h"

#include "pci/mem.h"
#include "run/stream.h"

/*
 * Room for the two names that are ours; gnu-efi's own macro for the fixed part is no constant
 * expression.
 */
#define INFO_BYTES (offsetof(EFI_FILE_INFO, FileName) + 64 * sizeof(CHAR16))

static CHAR16 dir_name[] = L"\\intxlab";
static CHAR16 options_name[] = L"\\intxlab\\options.txt";
static CHAR16 report_name[] = L"\\intxlab\\report.ktap";
static CHAR16 report_leaf[] = L"report.ktap";
static CHAR16 new_name[] = L"\\intxlab\\report.new";

/*
 * OVMF's loader for -kernel shows the blobs as a read-only volume of this vendor node; it is no
 * disk.
 */
static bool is_kernel_loader(const struct uefi *uefi)
{
	static const EFI_GUID qemu_kernel = {
		0x1428f772, 0xb64a, 0x441e, { 0xb8, 0xc3, 0x9e, 0xbd, 0xd7, 0xf8, 0x93, 0xc7 }
	};
	const EFI_DEVICE_PATH *path = uefi->volume;

	return path->Type == MEDIA_DEVICE_PATH && path->SubType == MEDIA_VENDOR_DP &&
	       memcmp(path + 1, &qemu_kernel, sizeof(qemu_kernel)) == 0;
}

/*
 * By path, each time: the handle of image start is dead once the controller has been disconnected.
 */
static EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *find_file_system(const struct uefi *uefi)
{
	EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_DEVICE_PATH *rest = uefi->volume;
	EFI_HANDLE handle;

	if (EFI_ERROR(uefi->bs->LocateDevicePath(&guid, &rest, &handle)) ||
	    rest->Type != END_DEVICE_PATH_TYPE)
		return NULL;
	return uefi_protocol(uefi, handle, &guid);
}

static EFI_FILE_HANDLE open_volume(const struct uefi *uefi, const char **ret_why)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs;
	EFI_FILE_HANDLE root = NULL;
	EFI_STATUS status;

	if (uefi->volume && is_kernel_loader(uefi)) {
		*ret_why = "started by -kernel: no boot volume";
		return NULL;
	}
	fs = uefi->volume ? find_file_system(uefi) : NULL;
	if (!fs) {
		*ret_why = "the image was not loaded from a file system, or it is gone";
		return NULL;
	}
	status = fs->OpenVolume(fs, &root);
	if (EFI_ERROR(status)) {
		*ret_why = uefi_status_text(status);
		return NULL;
	}
	return root;
}

enum err file_read_options(const struct uefi *uefi, char *buf, size_t size)
{
	const char *why;
	EFI_FILE_HANDLE root = open_volume(uefi, &why), file;
	UINTN length = size;
	EFI_STATUS status;

	if (!root)
		return ERR_ABSENT;
	status = root->Open(root, &file, options_name, EFI_FILE_MODE_READ, 0);
	if (EFI_ERROR(status)) {
		root->Close(root);
		return status == EFI_NOT_FOUND ? ERR_ABSENT : ERR_IO;
	}
	status = file->Read(file, &length, buf);
	file->Close(file);
	root->Close(root);
	if (EFI_ERROR(status))
		return ERR_IO;
	if (length >= size)
		return ERR_NOMEM;
	buf[length] = 0;
	return OK;
}

static EFI_STATUS remove_file(EFI_FILE_HANDLE root, CHAR16 *name)
{
	EFI_FILE_HANDLE file;
	EFI_STATUS status = root->Open(root, &file, name, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE,
				       0);

	if (status == EFI_NOT_FOUND)
		return EFI_SUCCESS;
	if (EFI_ERROR(status))
		return status;
	/* Delete closes the handle in every case; a warning means that the file is still there. */
	return file->Delete(file) == EFI_SUCCESS ? EFI_SUCCESS : EFI_ACCESS_DENIED;
}

static EFI_STATUS make_directory(EFI_FILE_HANDLE root)
{
	EFI_FILE_HANDLE dir;
	EFI_STATUS status;

	status = root->Open(root, &dir, dir_name, EFI_FILE_MODE_READ, 0);
	if (status == EFI_NOT_FOUND)
		status = root->Open(root, &dir, dir_name,
				    EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE,
				    EFI_FILE_DIRECTORY);
	if (!EFI_ERROR(status))
		dir->Close(dir);
	return status;
}

static EFI_STATUS write_new(EFI_FILE_HANDLE root, const char *text, size_t len)
{
	EFI_FILE_HANDLE file;
	EFI_STATUS status;
	UINTN written = len;

	status = root->Open(root, &file, new_name,
			    EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE, 0);
	if (EFI_ERROR(status))
		return status;
	status = file->Write(file, &written, (void *)(uintptr_t)text);
	if (!EFI_ERROR(status) && written != len)
		status = EFI_VOLUME_FULL;
	if (!EFI_ERROR(status))
		status = file->Flush(file);
	if (EFI_ERROR(status)) {
		/* Half a report helps nobody, and its clusters may be what was missing. */
		(void)file->Delete(file);
		return status;
	}
	return file->Close(file);
}

/*
 * A volume may say yes to everything and keep nothing: the size is asked for through a handle of
 * its own.
 */
static EFI_STATUS check_new(EFI_FILE_HANDLE root, size_t len, EFI_FILE_HANDLE *ret_file,
			    EFI_FILE_INFO *info)
{
	EFI_GUID info_guid = EFI_FILE_INFO_ID;
	UINTN size = INFO_BYTES;
	EFI_FILE_HANDLE file;
	EFI_STATUS status;

	status = root->Open(root, &file, new_name, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0);
	if (EFI_ERROR(status))
		return status;
	status = file->GetInfo(file, &info_guid, &size, info);
	if (!EFI_ERROR(status) && info->FileSize != len)
		status = EFI_VOLUME_CORRUPTED;
	if (EFI_ERROR(status)) {
		(void)file->Delete(file);
		return status;
	}
	*ret_file = file;
	return EFI_SUCCESS;
}

static EFI_STATUS rename_new(EFI_FILE_HANDLE file, EFI_FILE_INFO *info)
{
	EFI_GUID info_guid = EFI_FILE_INFO_ID;
	EFI_STATUS status, closed;

	memcpy(info->FileName, report_leaf, sizeof(report_leaf));
	info->Size = offsetof(EFI_FILE_INFO, FileName) + sizeof(report_leaf);
	status = file->SetInfo(file, &info_guid, info->Size, info);
	if (!EFI_ERROR(status))
		status = file->Flush(file);
	closed = file->Close(file);
	return EFI_ERROR(status) ? status : closed;
}

static EFI_STATUS replace_report(EFI_FILE_HANDLE root, const char *text, size_t len,
				 const char **ret_step)
{
	uint64_t storage[(INFO_BYTES + 7) / 8];
	EFI_FILE_INFO *info = (void *)storage;
	EFI_FILE_HANDLE file;
	EFI_STATUS status;

	*ret_step = "\\intxlab cannot be made: ";
	status = make_directory(root);
	if (EFI_ERROR(status))
		return status;
	*ret_step = "report.new cannot be written: ";
	status = remove_file(root, new_name);
	if (!EFI_ERROR(status))
		status = write_new(root, text, len);
	if (!EFI_ERROR(status))
		status = check_new(root, len, &file, info);
	if (EFI_ERROR(status))
		return status;
	*ret_step = "the old report cannot be removed: ";
	status = remove_file(root, report_name);
	if (EFI_ERROR(status)) {
		(void)file->Delete(file);
		return status;
	}
	*ret_step = "the report is in report.new, renaming it failed: ";
	return rename_new(file, info);
}

enum err file_write_report(const struct uefi *uefi, const char *text, size_t len,
			   char why[FILE_WHY_MAX])
{
	const char *reason;
	EFI_FILE_HANDLE root = open_volume(uefi, &reason);
	EFI_STATUS status;

	if (!root) {
		fmt_text(why, FILE_WHY_MAX, "%s", reason);
		return ERR_ABSENT;
	}
	status = replace_report(root, text, len, &reason);
	(void)root->Close(root);
	if (!EFI_ERROR(status))
		return OK;
	fmt_text(why, FILE_WHY_MAX, "%s%s", reason, uefi_status_text(status));
	return uefi_err(status);
}
